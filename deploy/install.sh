#!/bin/sh
# Cài đặt cổng liên thông từ gói này: không cần mạng, không hỏi gì, chạy lại bao nhiêu
# lần cũng được. Hướng dẫn: docs/cai-dat.vi.md (html/docs/cai-dat.vi.html).
set -eu
umask 022

usage() {
    cat <<'TEXT'
sh install.sh [--check] [--prefix THƯ_MỤC] [--user TÀI_KHOẢN] [--python TỆP] [--signers TỆP] [--older]
  --check    chỉ kiểm tra máy, không cài gì
  --prefix   nơi đặt phần mềm; mặc định /opt/lienthong
  --user     tài khoản chạy cổng; mặc định lienthong, chưa có thì tạo
  --python   chương trình Python phải dùng; mặc định tự tìm
  --signers  khóa công khai của nơi phát hành, nhận bằng đường khác (không phải trong
             gói); mặc định /etc/lienthong/release-signers nếu có. Có thì gói phải được
             ký bằng khóa ấy
  --older    chủ ý cài bản cũ hơn bản đang dùng (quay lại)
Không phải root thì chỉ đặt phần mềm vào --prefix, không đụng đến hệ thống.
TEXT
}

prefix=/opt/lienthong user=lienthong python="" only_check="" signers="" older=""
while [ $# -gt 0 ]; do
    case $1 in
    --check) only_check=yes ;;
    --older) older=yes ;;
    --prefix | --user | --python | --signers)
        [ $# -gt 1 ] || { usage >&2 && exit 2; }
        case $1 in
        --prefix) prefix=$2 ;;
        --user) user=$2 ;;
        --python) python=$2 ;;
        --signers) signers=$(cd "$(dirname "$2")" && pwd)/$(basename "$2") ;;
        esac
        shift
        ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done
case $prefix in
/*) ;;
*) echo "--prefix là đường dẫn tuyệt đối, không phải $prefix" >&2 && exit 2 ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"

say() { printf '%s\n' "$*"; }
wrong=0
lacks() { say "  THIẾU: $*" && wrong=1; }
warns() { say "  lưu ý: $*"; }
holds() { say "  có: $*"; }

[ -f RELEASE ] && [ -f SHA256SUMS ] || {
    say "Chạy install.sh trong thư mục đã bung của gói cài đặt." >&2
    exit 1
}
value() { sed -n "s/^$1=//p" RELEASE; }
version=$(value version) machine=$(value machine) glibc=$(value glibc) pythons=$(value pythons)
place=$prefix/releases/$version
is_root=""
[ "$(id -u)" = 0 ] && is_root=yes

# --- kiểm tra ------------------------------------------------------------------------
say "Cổng liên thông $version, cài vào $place"
say "1. Kiểm tra gói và máy này"

if sha256sum --check --quiet SHA256SUMS >/dev/null 2>&1; then
    holds "mọi tệp của gói khớp SHA256SUMS"
else
    lacks "tệp nguyên vẹn: có tệp mất hoặc khác SHA256SUMS (sha256sum -c SHA256SUMS); chép lại gói"
fi
# Tệp không có trong danh sách thì không ai đã ký cho nó.
listed() { sed 's/^[0-9a-f]\{64\}  //' SHA256SUMS && printf 'SHA256SUMS\nSHA256SUMS.sig\n'; }
there() { find . ! -type d | sed 's|^\./||'; }
strange=$({ listed && listed && there; } | LC_ALL=C sort | LC_ALL=C uniq -u | head -n 3)
if [ -n "$strange" ] || [ -n "$(find . ! -type d ! -type f)" ]; then
    lacks "gói chỉ có tệp của nó: có tệp lạ ($(printf '%s ' $strange)); bung lại gói vào thư mục trống"
fi
kept=/etc/lienthong/release-signers
[ -n "$signers" ] || [ ! -f "$kept" ] || signers=$kept
if [ -z "$signers" ]; then
    warns "chưa kiểm tra chữ ký của gói: lấy khóa công khai của nơi phát hành bằng đường khác, chạy lại với --signers"
elif ! command -v ssh-keygen >/dev/null 2>&1; then
    lacks "ssh-keygen (gói openssh-client, openssh-clients) để kiểm tra chữ ký của gói"
elif [ -f SHA256SUMS.sig ] && ssh-keygen -Y verify -f "$signers" -I lienthong \
    -n lienthong-release -s SHA256SUMS.sig <SHA256SUMS >/dev/null 2>&1; then
    holds "chữ ký của gói, theo $signers"
else
    lacks "chữ ký đúng của gói theo $signers: gói không phải do nơi phát hành ấy ký; đừng cài"
fi

# Gói cũ vẫn mang chữ ký đúng: lỗ hổng đã vá quay lại cùng nó.
used=$(basename "$(readlink "$prefix/current" 2>/dev/null || true)")
if [ -z "$used" ] || [ "$used" = "$version" ] ||
    [ "$(printf '%s\n%s\n' "$used" "$version" | sort -V | head -n 1)" = "$used" ]; then
    :
elif [ -n "$older" ]; then
    warns "đang dùng bản $used, chủ ý cài bản cũ hơn ($version)"
else
    lacks "bản không cũ hơn bản đang dùng ($used): gói này là $version; chủ ý quay lại thì thêm --older"
fi

[ "$(uname -m)" = "$machine" ] && holds "máy $machine" ||
    lacks "máy $machine; máy này là $(uname -m): lấy gói đúng loại máy"

found=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc //')
if [ -z "$found" ]; then
    lacks "glibc từ $glibc; hệ này không dùng glibc (ví dụ Alpine) nên không cài được"
elif [ "$(printf '%s\n%s\n' "$glibc" "$found" | sort -V | head -n 1)" = "$glibc" ]; then
    holds "glibc $found"
else
    lacks "glibc từ $glibc; máy này có $found: cần hệ điều hành mới hơn"
fi

# Mỗi bản Python có bộ gói riêng; chỉ dùng bản mà gói này có.
fits() {
    "$1" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] not in sys.argv[1:])' $pythons 2>/dev/null
}
if [ -z "$python" ]; then
    for one in $pythons; do
        if command -v "python$one" >/dev/null 2>&1 && fits "python$one"; then
            python=$(command -v "python$one")
        fi
    done
    if [ -z "$python" ] && command -v python3 >/dev/null 2>&1 && fits python3; then
        python=$(command -v python3)
    fi
fi
if [ -z "$python" ] || ! fits "$python"; then
    lacks "Python ($pythons). Debian, Ubuntu: apt-get install python3 python3-venv; RHEL: dnf install python3.12"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    lacks "môi trường ảo của $python. Debian, Ubuntu: apt-get install python3-venv (cùng số bản)"
else
    holds "$("$python" --version 2>&1) ($python)"
fi

# Thư mục đầu tiên đã có trên đường đến nơi cài.
above=$prefix
while [ ! -d "$above" ]; do above=$(dirname "$above"); done
[ -w "$above" ] || lacks "quyền ghi vào $above: chạy bằng root, hoặc chọn --prefix"
room=$(df --output=avail --block-size=1M "$above" | tail -n 1 | tr -d ' ')
if [ "$room" -lt 700 ]; then
    lacks "chỗ trống 700 MB ở $above; còn $room MB"
else
    holds "chỗ trống $room MB ở $above"
fi

if [ -n "$is_root" ]; then
    if id "$user" >/dev/null 2>&1; then
        holds "tài khoản $user"
    elif command -v useradd >/dev/null 2>&1; then
        holds "useradd (sẽ tạo tài khoản $user)"
    else
        lacks "tài khoản $user và lệnh useradd: tạo tài khoản ấy trước"
    fi
else
    warns "không phải root: không tạo tài khoản, không đặt thiết lập và dịch vụ của hệ thống"
fi
command -v systemctl >/dev/null 2>&1 ||
    warns "không có systemd: tự lo việc khởi động cổng cùng máy"
command -v pg_dump >/dev/null 2>&1 ||
    warns "không có pg_dump, pg_restore: cần để sao lưu khi kho là PostgreSQL (gói postgresql-client, cùng số bản hoặc mới hơn máy chủ)"
command -v timedatectl >/dev/null 2>&1 &&
    [ "$(timedatectl show --property=NTPSynchronized --value 2>/dev/null)" = no ] &&
    warns "giờ máy chưa đồng bộ (timedatectl): thời hạn của hồ sơ tính theo giờ này"

if [ "$wrong" = 1 ]; then
    say "Chưa cài gì: bổ sung những chỗ THIẾU rồi chạy lại."
    exit 1
fi
if [ -n "$only_check" ]; then
    say "Máy này cài được."
    exit 0
fi

# --- phần mềm ------------------------------------------------------------------------
say "2. Phần mềm"
stamp=$(sha256sum SHA256SUMS | cut -d ' ' -f 1)
if [ "$(cat "$place/.installed" 2>/dev/null || true)" = "$stamp" ] && "$place/bin/lienthong" --version >/dev/null 2>&1; then
    say "  đã cài đủ từ trước, giữ nguyên"
else
    # Nơi này chưa ai chạy: cài dở lần trước thì làm lại từ đầu.
    rm -rf "$place"
    mkdir -p "$prefix/releases"
    "$python" -m venv "$place"
    # Không đọc thiết lập pip của máy: gói này đủ, không được lấy gì từ nơi khác.
    pip() {
        PIP_CONFIG_FILE=/dev/null "$place/bin/python" -I -m pip --isolated install --quiet \
            --disable-pip-version-check --no-input --no-cache-dir --no-index "$@"
    }
    pip --find-links wheels --require-hashes --requirement requirements.lock
    pip --no-deps wheels/lienthong_gateway-"$version"-*.whl
    mkdir -p "$place/share"
    cp -R docs html deploy config examples CHANGELOG.md RELEASE LICENSE "$place/share/"
    cp uninstall.sh rehearse.sh SHA256SUMS "$place/share/"
    [ ! -f SHA256SUMS.sig ] || cp SHA256SUMS.sig "$place/share/"
    "$place/bin/lienthong" --version >/dev/null
    printf '%s\n' "$stamp" >"$place/.installed"
    say "  đã cài $("$place/bin/lienthong" --version)"
fi
if [ -e "$prefix/current" ] || [ -L "$prefix/current" ]; then
    now=$(readlink "$prefix/current")
    if [ "$now" != "releases/$version" ]; then
        say "  đang dùng $now; bản $version đã đặt cạnh, chưa dùng"
    fi
else
    ln -s "releases/$version" "$prefix/current"
    say "  $prefix/current dẫn tới bản $version"
fi

# --- hệ thống ------------------------------------------------------------------------
if [ -n "$is_root" ]; then
    say "3. Tài khoản, thư mục, dịch vụ"
    if ! id "$user" >/dev/null 2>&1; then
        useradd --system --home-dir /var/lib/lienthong --no-create-home \
            --shell /usr/sbin/nologin --user-group "$user"
        say "  đã tạo tài khoản $user"
    fi
    group=$(id -gn "$user")
    # Đã có thì giữ nguyên, cả quyền và nội dung.
    folder() { # thư mục, quyền, chủ
        [ -d "$1" ] && return
        mkdir -p "$1" && chown "$3" "$1" && chmod "$2" "$1" && say "  đã tạo $1"
    }
    folder /etc/lienthong 750 "root:$group"
    if [ -n "$signers" ] && [ ! -e "$kept" ]; then
        cp "$signers" "$kept" && chown root:root "$kept" && chmod 644 "$kept"
        say "  đã giữ khóa của nơi phát hành: $kept; bản sau phải được ký bằng khóa ấy"
    fi
    folder /var/lib/lienthong 700 "$user:$group"
    folder /var/lib/lienthong/keys 700 "$user:$group"
    if [ ! -e /etc/lienthong/gateway.toml ]; then
        cp config/gateway.toml /etc/lienthong/gateway.toml
        chown "root:$group" /etc/lienthong/gateway.toml
        chmod 640 /etc/lienthong/gateway.toml
        say "  đã đặt /etc/lienthong/gateway.toml (mẫu, cần sửa)"
    fi
    if [ ! -e /etc/lienthong/config ]; then
        mkdir /etc/lienthong/config
        (cd config && for one in *; do [ "$one" = gateway.toml ] || cp -R "$one" /etc/lienthong/config/; done)
        chown -R "root:$group" /etc/lienthong/config
        say "  đã đặt /etc/lienthong/config (cấu hình mẫu, cần sửa)"
    fi
    mkdir -p /usr/local/bin
    ln -sfn "$prefix/current/bin/lienthong" /usr/local/bin/lienthong
    # Của gói: bản sau ghi đè. Sửa bằng «systemctl edit», tệp ấy nằm ở /etc/systemd.
    units=/usr/local/lib/systemd/system
    mkdir -p $units
    for one in deploy/systemd/*.service deploy/systemd/*.timer; do
        sed -e "s|/opt/lienthong|$prefix|g" -e "s|^User=lienthong$|User=$user|" \
            -e "s|^Group=lienthong$|Group=$group|" "$one" >"$units/$(basename "$one")"
    done
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
    say "  dịch vụ ở $units; chưa bật, chưa khởi động gì"
fi
say "Xong. Việc tiếp theo: $place/share/html/docs/cai-dat.vi.html"
