#!/bin/sh
# Gỡ phần mềm cổng liên thông; dữ liệu, khóa và thiết lập để nguyên.
set -eu
prefix=/opt/lienthong
case ${1:-} in
"") ;;
--prefix) prefix=${2:?--prefix THƯ_MỤC} ;;
*) echo "sh uninstall.sh [--prefix THƯ_MỤC]" >&2 && exit 2 ;;
esac
say() { printf '%s\n' "$*"; }

[ -d "$prefix/releases" ] || {
    say "Không có bản nào ở $prefix/releases." >&2
    exit 1
}
# Tiến trình còn chạy từ đây thì chưa gỡ.
for one in /proc/[0-9]*/exe; do
    pid=${one#/proc/}
    pid=${pid%/exe}
    tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | head -n 2 | grep -q "^$prefix/" || continue
    say "Tiến trình $pid còn chạy từ $prefix: dừng trước (systemctl stop lienthong), rồi chạy lại." >&2
    exit 1
done
rm -rf "$prefix/releases" "$prefix/current"
rmdir "$prefix" 2>/dev/null || say "  giữ $prefix: còn tệp khác trong đó"
if [ "$(id -u)" = 0 ]; then
    if [ "$(readlink /usr/local/bin/lienthong 2>/dev/null)" = "$prefix/current/bin/lienthong" ]; then
        rm /usr/local/bin/lienthong
    fi
    rm -f /usr/local/lib/systemd/system/lienthong*.service /usr/local/lib/systemd/system/lienthong*.timer
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
fi
say "Đã gỡ phần mềm. Để nguyên: /etc/lienthong, /var/lib/lienthong, tài khoản và cơ sở dữ liệu."
say "Khóa ở /var/lib/lienthong/keys là cách duy nhất để đọc lại dữ liệu đã sao lưu."
