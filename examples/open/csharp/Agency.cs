// Một cơ quan hoàn chỉnh qua giao diện mở: .NET 8, .NET Framework 4.8, Mono; Newtonsoft.Json.
// OPEN=https://…/open/v1 KEY=… dotnet run -- KHO
// Mỗi lần chạy là một lượt xem; đặt lịch 10 phút chạy một lần. Chạy lại lúc nào cũng được.
using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

static class Agency
{
    static readonly string Open = Environment.GetEnvironmentVariable("OPEN");
    static readonly HttpClient Http = new HttpClient();

    static byte[] Call(string operation, JObject body)
    {
        var content = new StringContent(body.ToString(), Encoding.UTF8, "application/json");
        var answer = Http.PostAsync(Open + "/" + operation, content).Result;
        var bytes = answer.Content.ReadAsByteArrayAsync().Result;
        if ((int)answer.StatusCode == 200) return bytes;
        throw new IOException(operation + ": " + Encoding.UTF8.GetString(bytes));
    }

    // Trang HTML với mã 200 không phải JSON, nên là lỗi. Ngày giờ để nguyên chữ.
    static JObject Ask(string operation, JObject body)
    {
        var text = new StringReader(Encoding.UTF8.GetString(Call(operation, body)));
        var dates = DateParseHandling.None;
        return JObject.Load(new JsonTextReader(text) { DateParseHandling = dates });
    }

    // Cùng report_id thì gửi lại bao nhiêu lần cũng tính một.
    static void Report(string id, string kind, JArray files)
    {
        var body = new JObject { ["transfer"] = id, ["kind"] = kind, ["files"] = files };
        body["report_id"] = id + "-" + kind;
        var answer = Ask("report", body);
        // Không có "result" thì không phải cổng trả lời, dù mã là 200.
        Console.WriteLine(answer["result"].ToString() + " " + answer.ToString(Formatting.None));
    }

    // Trả về khi đã xuống đĩa.
    static void Keep(string path, byte[] content)
    {
        using (var file = new FileStream(path, FileMode.Create))
        {
            file.Write(content, 0, content.Length);
            file.Flush(true);
        }
    }

    // Lưu đủ, kể cả tệp, rồi mới trả lời và xác nhận; hỏng giữa chừng thì lần sau làm lại.
    static void Take(string store, JToken transfer)
    {
        string id = (string)transfer["id"], kind = (string)transfer["kind"];
        var folder = Directory.CreateDirectory(Path.Combine(store, id)).FullName;
        foreach (var file in transfer["files"])
        {
            var content = Call("file", new JObject { ["id"] = file["id"] });
            var hash = BitConverter.ToString(SHA256.Create().ComputeHash(content)).Replace("-", "");
            if (hash.ToLowerInvariant() != (string)file["sha256"])
                throw new IOException(file["id"] + ": nội dung không khớp");
            Keep(Path.Combine(folder, (string)file["id"]), content);
        }
        Keep(Path.Combine(folder, "transfer.json"), Encoding.UTF8.GetBytes(transfer.ToString()));
        if (kind == "hand_over") Report(id, "accepted", new JArray());
        if (kind == "withdraw") Report(id, "withdrawn", new JArray());
        Call("acknowledge", new JObject { ["ids"] = new JArray(id) });
        Console.WriteLine(transfer["dossier"] + " " + kind + " " + folder);
    }

    // Cán bộ đã đặt ket-qua.pdf vào thư mục của lượt gửi.
    static void Finish(FileInfo result)
    {
        var content = Convert.ToBase64String(File.ReadAllBytes(result.FullName));
        var file = new JObject { ["name"] = result.Name, ["content"] = content };
        Report(result.Directory.Name, "finished", new JArray(file));
        result.MoveTo(Path.Combine(result.DirectoryName, "da-bao.pdf"));
    }

    static int Main(string[] given)
    {
        var store = Directory.CreateDirectory(given[0]).FullName;
        var key = "Bearer " + Environment.GetEnvironmentVariable("KEY");
        Http.DefaultRequestHeaders.Add("Authorization", key);
        var tasks = new List<Action>();
        var page = new JObject { ["after"] = "", ["more"] = true };
        while ((bool)page["more"]) // cổng nhớ những gì chưa xác nhận: mỗi lần chạy xem lại từ đầu
        {
            page = Ask("fetch", new JObject { ["after"] = page["after"] });
            foreach (var transfer in page["transfers"]) tasks.Add(() => Take(store, transfer));
        }
        foreach (var folder in new DirectoryInfo(store).GetDirectories())
            foreach (var result in folder.GetFiles("ket-qua.pdf")) tasks.Add(() => Finish(result));
        var wrong = 0;
        foreach (var task in tasks)
            try // một lượt hỏng không giữ các lượt khác
            {
                task();
            }
            catch (Exception error)
            {
                Console.Error.WriteLine(error.GetBaseException().Message);
                wrong = 1;
            }
        return wrong;
    }
}
