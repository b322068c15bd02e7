import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.*;

/**
 * Một cơ quan hoàn chỉnh qua giao diện mở: chỉ cần JDK 17, không thư viện nào khác.
 * javac -d out *.java; OPEN=https://…/open/v1 KEY=… java -cp out Agency KHO KET_QUA.pdf
 * Mỗi lần chạy là một lượt xem; đặt lịch 10 phút chạy một lần. Chạy lại lúc nào cũng được.
 */
public class Agency {
    static final String OPEN = System.getenv("OPEN"), KEY = System.getenv("KEY");
    static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Gọi cổng; lỗi thì thôi lượt gửi này: lần chạy sau gọi lại y nguyên. */
    static byte[] call(String operation, Map<String, Object> body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(OPEN + "/" + operation)).timeout(Duration.ofSeconds(60))
            .header("Authorization", "Bearer " + KEY).header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(Json.write(body))).build();
        var answer = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200)
            throw new IOException(operation + ": " + answer.statusCode() + " " + new String(answer.body(), "UTF-8"));
        return answer.body();
    }

    /** Ghi xong hẳn rồi mới có tên: mất điện giữa chừng không để lại tệp dở. */
    static void keep(Path path, byte[] content) throws IOException {
        Path part = path.resolveSibling(path.getFileName() + ".part");
        Files.write(part, content, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE, StandardOpenOption.DSYNC);
        Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** report_id và event_at lấy từ lượt đã lưu, nên gửi lại vẫn là báo cáo cũ. */
    static void report(Map<String, Object> transfer, String kind, Map<String, Object> more) throws Exception {
        var body = new LinkedHashMap<String, Object>(more);
        body.putAll(Map.of("transfer", transfer.get("id"), "report_id", transfer.get("id") + "-" + kind,
            "kind", kind, "event_at", transfer.get("stored_at")));
        var answer = Json.read(call("report", body));
        if (!(answer instanceof Map<?, ?> told) || !body.get("report_id").equals(told.get("report_id")))
            throw new IOException("report: trả lời không phải của cổng");
    }

    /** Việc của cơ quan; ở đây giải quyết ngay. */
    static void work(Map<String, Object> transfer, Path result) throws Exception {
        switch ((String) transfer.get("kind")) {
            case "hand_over" -> {
                report(transfer, "accepted", Map.of("own_number", "MAU-" + transfer.get("dossier")));
                String content = Base64.getEncoder().encodeToString(Files.readAllBytes(result));
                report(transfer, "finished", Map.of("files", List.of(Map.of("name", result.getFileName().toString(), "content", content))));
            }
            case "withdraw" -> report(transfer, "withdrawn", Map.of());
            default -> System.out.println(transfer.get("dossier") + ": " + transfer.get("kind") + ", đã lưu cho cán bộ xem");
        }
    }

    /** Lưu lượt gửi và các tệp; đã có thì giữ bản cũ. */
    @SuppressWarnings("unchecked")
    static void store(Path store, Map<String, Object> transfer) throws Exception {
        Path folder = Files.createDirectories(store.resolve((String) transfer.get("id")));
        for (var file : (List<Map<String, Object>>) transfer.get("files")) {
            byte[] content = call("file", Map.of("id", file.get("id")));
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            if (!HexFormat.of().formatHex(hash).equals(file.get("sha256")))
                throw new IOException("file " + file.get("id") + ": nội dung không khớp");
            keep(folder.resolve((String) file.get("id")), content);
        }
        if (Files.exists(folder.resolve("transfer.json"))) return;
        transfer.put("stored_at", OffsetDateTime.now(ZoneOffset.ofHours(7)).format(DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssXXX")));
        keep(folder.resolve("transfer.json"), Json.write(transfer).getBytes("UTF-8"));
    }

    @SuppressWarnings("unchecked")
    public static void main(String[] given) throws Exception {
        Path store = Files.createDirectories(Path.of(given[0])), result = Path.of(given[1]);
        var page = new HashMap<String, Object>(Map.of("after", "", "more", true));
        int wrong = 0;
        while ((boolean) page.get("more")) { // 1. lấy mọi trang; lưu xong mới xác nhận
            page.putAll((Map<String, Object>) Json.read(call("fetch", Map.of("after", page.get("after")))));
            for (var transfer : (List<Map<String, Object>>) page.get("transfers"))
                try {
                    store(store, transfer);
                    call("acknowledge", Map.of("ids", List.of(transfer.get("id"))));
                } catch (IOException error) { // một lượt hỏng không giữ các lượt khác
                    System.err.println(error.getMessage());
                    wrong = 1;
                }
        }
        var kept = new ArrayList<Map<String, Object>>();
        try (var folders = Files.list(store)) {
            for (Path folder : folders.toList())
                if (Files.exists(folder.resolve("transfer.json")) && !Files.exists(folder.resolve("done")))
                    kept.add((Map<String, Object>) Json.read(Files.readAllBytes(folder.resolve("transfer.json"))));
        }
        kept.sort(Comparator.comparing(one -> (String) one.get("stored_at")));
        for (var transfer : kept) // 2. làm việc chưa làm
            try {
                work(transfer, result);
                keep(store.resolve((String) transfer.get("id")).resolve("done"), new byte[0]);
            } catch (IOException | IllegalArgumentException error) {
                System.err.println(error.getMessage());
                wrong = 1;
            }
        System.exit(wrong);
    }
}
