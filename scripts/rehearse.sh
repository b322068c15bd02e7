#!/bin/sh
# Rehearses a restore: sh scripts/rehearse.sh ARCHIVE KEY FOLDER [SETTINGS]
#
# Reads and checks a backup, restores it into FOLDER, says how long each took, and
# deletes what it restored. No gateway is started on it: that one would be real.
# A backup of PostgreSQL goes into the empty database that REHEARSE_DATABASE names.
set -eu
if [ $# -lt 3 ]; then
    echo "Dùng: sh scripts/rehearse.sh BẢN-SAO KHÓA THƯ-MỤC-TRỐNG [THIẾT-LẬP]" >&2
    exit 2
fi
archive=$1 key=$2 folder=$3 settings=${4:-config/gateway.toml}
lienthong=${LIENTHONG:-lienthong}
if [ -e "$folder" ] && [ -n "$(ls -A "$folder")" ]; then
    echo "$folder không trống." >&2
    exit 1
fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
to="--into $folder/run"
begun=$(date +%s)
if [ -n "${REHEARSE_DATABASE:-}" ]; then
    to="--into $folder/run --database $REHEARSE_DATABASE"
else
    $lienthong restore "$archive" --verify --key "$key" --settings "$settings" \
        --scratch "$folder"
fi
checked=$(date +%s)
# shellcheck disable=SC2086  # several words
$lienthong restore "$archive" --key "$key" --settings "$settings" $to \
    --by dien-tap --reason "Diễn tập khôi phục"
ended=$(date +%s)
size=$(wc -c <"$archive")
rm -rf "$folder/run"
echo "Diễn tập đạt: bản sao $size byte, kiểm tra $((checked - begun)) giây, khôi phục $((ended - checked)) giây. Ghi ngày, người làm và ba số này vào sổ trực."
