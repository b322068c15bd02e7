import static java.nio.file.StandardOpenOption.*;

import com.google.gson.*;
import java.net.URI;
import java.net.http.*;
import java.nio.file.*;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.*;

/**
 * Một cơ quan hoàn chỉnh qua giao diện mở: JDK 17 và thư viện Gson.
 * OPEN=https://…/open/v1 KEY=… java -cp out:gson.jar Agency KHO
 * Mỗi lần chạy là một lượt xem; đặt lịch 10 phút chạy một lần. Chạy lại lúc nào cũng được.
 */
public class Agency {
    record Listed(String id, String sha256) {}
    interface Task { void run() throws Exception; }
    static final HttpClient HTTP = HttpClient.newHttpClient();
    static final Gson GSON = new Gson();
    static final OpenOption[] TO_DISK = {CREATE, TRUNCATE_EXISTING, WRITE, DSYNC};
    // Hai loại mà phần mềm tự trả lời.
    static final Map<?, String> ANSWERS = Map.of("hand_over", "accepted", "withdraw", "withdrawn");

    static byte[] call(String operation, Map<String, ?> body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(System.getenv("OPEN") + "/" + operation))
            .header("Authorization", "Bearer " + System.getenv("KEY"))
            .header("Content-Type", "application/json").timeout(Duration.ofMinutes(1))
            .POST(HttpRequest.BodyPublishers.ofString(GSON.toJson(body))).build();
        var answer = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() == 200) return answer.body();
        throw new Exception(operation + ": " + new String(answer.body(), "UTF-8"));
    }

    static JsonObject ask(String operation, Map<String, ?> body) throws Exception {
        return GSON.fromJson(new String(call(operation, body), "UTF-8"), JsonObject.class);
    }

    // Cùng report_id thì gửi lại bao nhiêu lần cũng tính một.
    static void report(Path folder, String kind, List<?> files) throws Exception {
        String id = folder.getFileName().toString();
        var answer = ask("report",
            Map.of("transfer", id, "report_id", id + "-" + kind, "kind", kind, "files", files));
        // Không có "result" thì không phải cổng trả lời, dù mã là 200.
        System.out.println(answer.get("result").getAsString() + " " + answer);
    }

    // Lưu đủ, kể cả tệp, rồi mới trả lời và xác nhận; hỏng giữa chừng thì lần sau làm lại.
    static void take(Path store, JsonObject transfer) throws Exception {
        Path folder = Files.createDirectories(store.resolve(transfer.get("id").getAsString()));
        for (Listed file : GSON.fromJson(transfer.get("files"), Listed[].class)) {
            byte[] content = call("file", Map.of("id", file.id()));
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            if (!HexFormat.of().formatHex(hash).equals(file.sha256()))
                throw new Exception(file.id() + ": nội dung không khớp");
            Files.write(folder.resolve(file.id()), content, TO_DISK);
        }
        Files.writeString(folder.resolve("transfer.json"), transfer.toString(), TO_DISK);
        String kind = ANSWERS.get(transfer.get("kind").getAsString());
        if (kind != null) report(folder, kind, List.of());
        call("acknowledge", Map.of("ids", List.of(transfer.get("id"))));
        System.out.println(transfer.get("dossier") + " " + transfer.get("kind") + " " + folder);
    }

    // Cán bộ đã đặt ket-qua.pdf vào thư mục của lượt gửi.
    static void finish(Path result) throws Exception {
        String content = Base64.getEncoder().encodeToString(Files.readAllBytes(result));
        var file = Map.of("name", "ket-qua.pdf", "content", content);
        report(result.getParent(), "finished", List.of(file));
        Files.move(result, result.resolveSibling("da-bao.pdf"));
    }

    public static void main(String[] given) throws Exception {
        Path store = Files.createDirectories(Path.of(given[0]));
        var tasks = new ArrayList<Task>();
        var page = GSON.fromJson("{after: '', more: true}", JsonObject.class);
        while (page.get("more").getAsBoolean()) { // cổng nhớ gì chưa xác nhận: xem lại từ đầu
            page = ask("fetch", Map.of("after", page.get("after")));
            for (JsonElement transfer : page.getAsJsonArray("transfers"))
                tasks.add(() -> take(store, transfer.getAsJsonObject()));
        }
        for (Path result : Files.walk(store).filter(p -> p.endsWith("ket-qua.pdf")).toList())
            tasks.add(() -> finish(result));
        int wrong = 0;
        for (var task : tasks)
            try { // một lượt hỏng không giữ các lượt khác
                task.run();
            } catch (Exception error) {
                System.err.println(error.getMessage());
                wrong = 1;
            }
        System.exit(wrong);
    }
}
