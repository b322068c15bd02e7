#!/usr/bin/env python3
"""Kiểm tra một gói bằng chứng của cổng liên thông; không cần mạng, không cần cổng.
    python3 kiem-tra.py GÓI.zip --fingerprint "VÂN TAY"    (hoặc --keys KHÓA.json)
    thêm --tsa CHỨNG_THƯ.pem để kiểm tra dấu thời gian (cần openssl)
Chỉ dùng thư viện chuẩn của Python 3.9 trở lên. Mã thoát: 0 còn nguyên; 1 không khớp, câu cuối nêu
chỗ đầu tiên; 2 chưa kết luận được vì không có vân tay khóa để đối chiếu.
"""
import argparse, hashlib, hmac, json, pathlib, shutil, struct, subprocess, sys, tempfile, zlib
from datetime import datetime
moment, unhex, sha, END = datetime.fromisoformat, bytes.fromhex, lambda data: hashlib.sha256(data).digest(), b"-----END CERTIFICATE-----"
# Ed25519 (RFC 8032, 5.1), viết gọn: chậm, nhưng chỉ kiểm tra vài chữ ký.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

def need(true, sentence):
    if not true: raise ValueError(sentence)
def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    g, h = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(n, point):
    found = (0, 1, 1, 0)
    while n:
        found, point, n = add(found, point) if n & 1 else found, add(point, point), n >> 1
    return found
def point_of(data):
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    need(y < P and (x * x - square) % P == 0 and (x or not sign), "khóa hoặc chữ ký hỏng")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P
def is_signed(public, message, signature):
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L: return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left = times(s, point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")))
    right = add(point_of(signature[:32]), times(h, point_of(public)))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))

def packed(files):
    body, table = b"", b""  # tệp nén chỉ có một cách viết: theo thứ tự tên, không nén, không thêm gì
    for name in sorted(files):
        data, raw = files[name], name.encode()
        head = struct.pack("<5H3I2H", 20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(raw), 0)
        table += b"PK\1\2" + struct.pack("<H", 788) + head + struct.pack("<3H2I", 0, 0, 0, 0o100600 << 16, len(body)) + raw
        body += b"PK\3\4" + head + raw + data
    return body + table + b"PK\5\6" + struct.pack("<4H2IH", 0, 0, len(files), len(files), len(table), len(body), 0)

def unpacked(data):
    files, at = {}, 0
    while data[at : at + 4] == b"PK\3\4" and len(data) >= at + 30:
        size, _, name = struct.unpack("<IIH", data[at + 18 : at + 28])
        files[data[at + 30 : at + 30 + name].decode("latin-1")] = data[at + 30 + name : at + 30 + name + size]
        at += 30 + name + size
    need(files and "".join(files).isascii() and packed(files) == data, "tệp gói hỏng hoặc bị sửa")
    return files

def climbed(leaf, index, size, path):
    """Gốc của cây Merkle (RFC 9162) mà một lá dẫn đến."""
    node, rest = sha(b"\0" + leaf), [unhex(one) for one in path]
    need(0 <= index < size, "vị trí trong cây không có")
    while size > 1:
        if index % 2 or index + 1 < size:
            need(rest, "đường dẫn trong cây thiếu bước")
            other = rest.pop(0)
            node = sha(b"\1" + (other + node if index % 2 else node + other))
        index, size = index // 2, (size + 1) // 2
    need(not rest, "đường dẫn trong cây thừa bước")
    return node.hex()

def must_count(keys, text, sig, what):
    """Chữ ký của một khóa tin cậy, chưa thu hồi, còn hạn lúc ký."""
    name, at, key = sig["key"], sig["at"], keys.get(sig["key"])
    need(key, "%s: ký bằng khóa %s, không phải khóa đã công bố" % (what, name))
    need(not key["revoked_at"], "%s: khóa %s đã bị thu hồi lúc %s" % (what, name, key["revoked_at"]))
    need(moment(key["since"]) <= moment(at) <= moment(key["until"] or at), "%s: khóa %s không còn hạn lúc ký" % (what, name))
    need(is_signed(unhex(key["public"]), text + b"\n" + at.encode(), unhex(sig["signature"])), "%s: chữ ký không đúng" % what)

def trusted(files, args):
    """Khóa đáng tin, theo tên; khóa mà gói nói đã thu hồi thì cũng coi là thu hồi."""
    held = {sha(unhex(one["public"])).hex()[:16]: one for one in json.loads(files["keys.json"])["keys"]}
    wanted = ["".join(one.lower().split()) for one in args.fingerprint]
    given = {n: k for n, k in held.items() if not wanted or sha(unhex(k["public"])).hex() in wanted}
    if args.keys:
        published = json.loads(pathlib.Path(args.keys).read_bytes())["keys"]
        given = {sha(unhex(one["public"])).hex()[:16]: one for one in published}
    return {n: dict(k, revoked_at=k["revoked_at"] or held.get(n, k)["revoked_at"]) for n, k in given.items()}

def chain(files, manifest):
    """Từng dòng nhật ký nối với dòng trước; dòng cuối là dòng ghi việc lập gói."""
    texts, before, rows = files["journal.jsonl"].split(b"\n"), bytes(32), []
    need(texts.pop() == b"" and texts, "nhật ký trong gói bị cắt")
    for place, text in enumerate(texts, 1):
        row, before = json.loads(text), sha(before + text)
        fits = (row["position"], row["chain"]) == (place, "dossier:" + manifest["dossier"])
        need(fits, "nhật ký dòng %d: sai số thứ tự hoặc của hồ sơ khác" % place)
        rows.append((row, before))
    ends = (row["kind"], row["facts"].get("package")) == ("evidence", manifest["package"])
    need(ends, "nhật ký bị cắt ở cuối: thiếu dòng ghi việc lập gói này")
    need(manifest["head"] == {"position": len(rows), "digest": before.hex()}, "nhật ký không kết thúc ở chỗ gói nêu")
    return rows

def proofs(files, rows, keys):
    """Từng dòng nằm dưới một niêm phong, niêm phong dưới một gốc đã ký."""
    told, roots, last = json.loads(files["proofs.json"]), {}, 0
    seals = {one["last"]: one for one in told["seals"]}
    need(len(told["lines"]) == len(rows), "số bằng chứng khác số dòng nhật ký")
    for place, one in enumerate(told["lines"]):
        digest, seal, name = rows[place][1], seals[one["seal"]], "nhật ký dòng %d" % (place + 1)
        need((one["position"], one["digest"]) == (place + 1, digest.hex()), name + ": không phải dòng đã niêm phong")
        index = one["number"] - (seal["last"] - seal["lines"]) - 1
        need(one["number"] > last and one["index"] == index, name + ": sai số trong nhật ký chung")
        root, last = climbed(digest, index, seal["lines"], one["path"]), one["number"]
        need(root == seal["root"], name + ": không nằm dưới niêm phong đã nêu")
    for one in seals.values():
        number, name = one["signed_root"], "niêm phong %d" % one["last"]
        roots[number] = root = roots.get(number) or signed_root(files, number, keys)
        digest = sha(unhex(one["previous"]) + unhex(one["root"]) + struct.pack(">QQ", one["last"], one["lines"]))
        under = climbed(digest, one["index"], root["seals"], one["path"]) == root["tree"]
        need(under and root["after"] < one["last"] <= root["last"], name + ": không nằm dưới gốc đã ký")
    return roots

def signed_root(files, number, keys):
    path, what = "roots/%08d" % number, "gốc %d" % number
    text, by = files[path + ".json"], [n.split(".")[1] for n in sorted(files) if n[:-4].startswith(path + ".") and n[-4:] == ".sig"]
    told = json.loads(text)
    need(told["what"] == "lienthong-root-1" and told["number"] == number, what + ": không phải gốc của nhật ký")
    need(by, what + ": không có chữ ký")
    name = ([one for one in by if one in keys and not keys[one]["revoked_at"]] or by)[0]
    must_count(keys, text, json.loads(files["%s.%s.sig" % (path, name)]), what)
    return told

def stamps(files, tsa):
    """Dấu thời gian (RFC 3161) của các gốc: mấy dấu đúng, mấy dấu chưa kiểm tra."""
    there, tool = sorted(name for name in files if name.endswith(".tsr")), shutil.which("openssl")
    if not (tool and tsa): return 0, len(there)
    for name in there:
        with tempfile.TemporaryDirectory() as folder:
            token, text, own = (pathlib.Path(folder, one) for one in ("token", "text", "own"))
            token.write_bytes(files[name]), text.write_bytes(files[name[:-4] + ".json"])
            own.write_bytes(pathlib.Path(tsa).read_bytes().partition(END)[0] + END + b"\n")  # chỉ chứng thư đầu
            command = [tool, "ts", "-verify", "-data", text, "-in", token, "-CAfile", own, "-partial_chain"]
            need(subprocess.run(command, capture_output=True).returncode == 0, name + ": dấu thời gian không đúng")
    return len(there), 0

def payloads(files, rows):
    told = json.loads(files["payloads.json"])["payloads"]
    carried = [(row["payload"], row["position"]) for row, _ in rows if row["payload"]]
    need([(one["id"], one["line"]) for one in told] == carried, "danh sách nội dung khác nhật ký")
    for one in told:
        if one["state"] == "included":
            found = hmac.new(unhex(one["salt"]), files["payloads/" + one["id"]], "sha256").hexdigest()
            need(found == rows[one["line"] - 1][0]["payload_digest"], "nội dung %s không phải nội dung lúc nhận" % one["id"])
    for one in json.loads(files["files.json"])["files"]:
        need(sha(files["files/" + one["id"]]).hex() == one["sha256"], "tệp %s không phải tệp lúc nhận" % one["id"])
        within = [p["id"] for p in told if p["line"] in one["lines"] and p["state"] == "included"]
        named = all(one["sha256"].encode() in files["payloads/" + name].lower() for name in within)
        need(named and len(within) == len(one["lines"]), "tệp %s không có trong nội dung đã nêu" % one["id"])
    for one in json.loads(files["events.json"])["events"]:
        need(rows[one["line"] - 1][0]["at"] == one["at"], "bảng giao nhận nêu dòng %s không có như vậy" % one["line"])
    return tuple(sum(one["state"] == state for one in told) for state in ("deleted", "left_out"))

def verify(files, args):
    manifest, sig = json.loads(files["manifest.json"]), json.loads(files["manifest.sig.json"])
    need(manifest["what"] == "lienthong-evidence-1", "không phải gói bằng chứng")
    for name in sorted((set(files) | set(manifest["files"])) - {"manifest.json", "manifest.sig.json"}):
        need(name in files, "thiếu tệp %s" % name)
        need(sha(files[name]).hex() == manifest["files"].get(name), "tệp %s khác bản kê" % name)
    keys = trusted(files, args)
    must_count(keys, files["manifest.json"], sig, "bản kê")
    rows = chain(files, manifest)
    roots, deleted, stamped = proofs(files, rows, keys), payloads(files, rows), stamps(files, args.tsa)
    print("Hồ sơ %s: %d dòng nhật ký, %d gốc đã ký." % (manifest["number"] or manifest["dossier"], len(rows), len(roots)))
    print("Dấu thời gian: %d đúng, %d không kiểm tra; trên %d gốc." % (*stamped, len(roots)))
    print("Nội dung: %d đã xóa theo thời hạn, %d không kèm." % deleted)
    for name in sorted({sig["key"], *(n.split(".")[1] for n in files if n.endswith(".sig"))} & set(keys)):
        print("Khóa %s, vân tay %s" % (name, sha(unhex(keys[name]["public"])).hex()))

def main():
    (parser := argparse.ArgumentParser()).add_argument("file")
    parser.add_argument("--fingerprint", action="append", default=[], help="vân tay khóa, từ bản giấy")
    parser.add_argument("--keys", help="tệp khóa đã công bố (/v1/evidence-keys)")
    parser.add_argument("--tsa", help="chứng thư của dịch vụ dấu thời gian (PEM)")
    args = parser.parse_args()
    try:
        verify(unpacked(pathlib.Path(args.file).read_bytes()), args)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, struct.error, OSError) as wrong:
        print("KHÔNG KHỚP: %s." % (wrong if type(wrong) is ValueError else "gói thiếu hoặc sai phần %r" % wrong))
        return 1
    if not args.keys and not args.fingerprint:
        print("CHƯA KẾT LUẬN: nối liền và đúng chữ ký, nhưng chưa đối chiếu vân tay khóa với bản giấy.")
        return 2
    print("CÒN NGUYÊN: gói đúng như cổng đã lập.")
    return 0
if __name__ == "__main__":
    sys.exit(main())
