// Một cơ quan hoàn chỉnh qua giao diện mở: chỉ cần .NET 8, không gói nào khác.
// OPEN=https://…/open/v1 KEY=… dotnet run -- KHO KET_QUA.pdf
// Mỗi lần chạy là một lượt xem; đặt lịch 10 phút chạy một lần. Chạy lại lúc nào cũng được.
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

string open = Environment.GetEnvironmentVariable("OPEN")!, key = Environment.GetEnvironmentVariable("KEY")!;
string store = args[0], result = args[1];
using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

// Gọi cổng; lỗi thì thôi lượt gửi này: lần chạy sau gọi lại y nguyên.
async Task<byte[]> Call(string operation, JsonObject body)
{
    using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
    using var answer = await http.PostAsync($"{open}/{operation}", content);
    var bytes = await answer.Content.ReadAsByteArrayAsync();
    if ((int)answer.StatusCode != 200)
        throw new HttpRequestException($"{operation}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(bytes)}");
    return bytes;
}

// Ghi xong hẳn rồi mới có tên: mất điện giữa chừng không để lại tệp dở.
void Keep(string path, byte[] content)
{
    using (var file = new FileStream(path + ".part", FileMode.Create))
    {
        file.Write(content);
        file.Flush(flushToDisk: true);
    }
    File.Move(path + ".part", path, overwrite: true);
}

// report_id và event_at lấy từ lượt đã lưu, nên gửi lại vẫn là báo cáo cũ.
async Task Report(JsonNode transfer, string kind, JsonObject body)
{
    var id = (string)transfer["id"]!;
    body["transfer"] = id;
    body["report_id"] = $"{id}-{kind}";
    body["kind"] = kind;
    body["event_at"] = (string)transfer["stored_at"]!;
    var answer = JsonNode.Parse(await Call("report", body));
    if ((string?)answer?["report_id"] != $"{id}-{kind}")
        throw new HttpRequestException("report: trả lời không phải của cổng");
}

// Việc của cơ quan; ở đây giải quyết ngay.
async Task Work(JsonNode transfer)
{
    switch ((string)transfer["kind"]!)
    {
        case "hand_over":
            await Report(transfer, "accepted", new JsonObject { ["own_number"] = $"MAU-{(string)transfer["dossier"]!}" });
            var pdf = Convert.ToBase64String(File.ReadAllBytes(result));
            var file = new JsonObject { ["name"] = Path.GetFileName(result), ["content"] = pdf };
            await Report(transfer, "finished", new JsonObject { ["files"] = new JsonArray(file) });
            break;
        case "withdraw":
            await Report(transfer, "withdrawn", new JsonObject());
            break;
        default:
            Console.WriteLine($"{(string)transfer["dossier"]!}: {(string)transfer["kind"]!}, đã lưu cho cán bộ xem");
            break;
    }
}

// Lưu lượt gửi và các tệp; đã có thì giữ bản cũ.
async Task Store(JsonNode transfer)
{
    var folder = Directory.CreateDirectory(Path.Combine(store, (string)transfer["id"]!)).FullName;
    foreach (var file in transfer["files"]!.AsArray())
    {
        var fileId = (string)file!["id"]!;
        var content = await Call("file", new JsonObject { ["id"] = fileId });
        if (Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant() != (string)file["sha256"]!)
            throw new HttpRequestException($"file {fileId}: nội dung không khớp");
        Keep(Path.Combine(folder, fileId), content);
    }
    var path = Path.Combine(folder, "transfer.json");
    if (File.Exists(path)) return;
    var now = DateTimeOffset.UtcNow.ToOffset(TimeSpan.FromHours(7));
    transfer["stored_at"] = now.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    Keep(path, Encoding.UTF8.GetBytes(transfer.ToJsonString()));
}

var (after, more, wrong) = ("", true, 0);
while (more) // 1. lấy mọi trang; lưu xong mới xác nhận
{
    var page = JsonNode.Parse(await Call("fetch", new JsonObject { ["after"] = after }))!;
    (after, more) = ((string)page["after"]!, (bool)page["more"]!);
    foreach (var transfer in page["transfers"]!.AsArray())
        try
        {
            await Store(transfer!);
            await Call("acknowledge", new JsonObject { ["ids"] = new JsonArray((string)transfer!["id"]!) });
        }
        catch (HttpRequestException error) // một lượt hỏng không giữ các lượt khác
        {
            Console.Error.WriteLine(error.Message);
            wrong = 1;
        }
}
var kept = Directory.GetDirectories(Directory.CreateDirectory(store).FullName)
    .Where(folder => File.Exists(Path.Combine(folder, "transfer.json")) && !File.Exists(Path.Combine(folder, "done")))
    .Select(folder => JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "transfer.json")))!)
    .OrderBy(transfer => (string)transfer["stored_at"]!, StringComparer.Ordinal);
foreach (var transfer in kept.ToList()) // 2. làm việc chưa làm
    try
    {
        await Work(transfer);
        Keep(Path.Combine(store, (string)transfer["id"]!, "done"), Array.Empty<byte>());
    }
    catch (Exception error) when (error is HttpRequestException or JsonException)
    {
        Console.Error.WriteLine(error.Message);
        wrong = 1;
    }
return wrong;
