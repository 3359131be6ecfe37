#!/bin/sh
# Back up all facts into a folder, and keep the 14 newest backups and the first one of each of the last 12 months:
#   backup.sh FOLDER
# The bot may work meanwhile. A backup that fails ends with 1 and deletes nothing.
set -eu
umask 077
folder=${1:?name the folder of the backups}
mkdir -p "$folder"
made="$folder/watcher-$(date -u +%Y-%m-%dT%H%M%SZ).jsonl.gz"
literature-watcher db backup "$made.part" >/dev/null  # it would name the file before its name is changed
mv "$made.part" "$made"
echo "$made"

all=$(cd "$folder" && ls -1 | grep -E '^watcher-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z\.jsonl\.gz$' | sort)
newest=$(printf '%s\n' "$all" | tail -n 14)
monthly=$(printf '%s\n' "$all" | awk '{ month = substr($0, 9, 7) } !(month in seen) { seen[month]; print }' | tail -n 12)
printf '%s\n' "$all" | while read -r name; do
  printf '%s\n%s\n' "$newest" "$monthly" | grep -qxF "$name" || rm -f -- "$folder/$name"
done
