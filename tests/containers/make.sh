#!/usr/bin/env bash
# Makes the files of this folder with other people's programs, so that what reads them is not tested with its own
# writer. Run once, on Debian 12: gzip 1.12, xz 5.4.1, bzip2 1.0.8, lz4 1.9.4, zstd 1.5.4, Info-ZIP zip 3.0, 7-Zip 25.01, GNU
# tar 1.34, and the C core of Meituan Logan (github.com/Meituan-Dianping/Logan at 4c1ebca, Logan/Clogan with its mbedtls)
# behind a main() that writes the lines of its standard input and flushes every 40 of them: $1. Without it the
# Logan files are left as they are.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
half=$(($(wc -l < text.log) / 2))
head -n "$half" text.log > "$work/a"
tail -n +"$((half + 1))" text.log > "$work/b"

{ gzip -9nc "$work/a"; gzip -1nc "$work/b"; } > two-members.gz
{ xz --block-size=2048 -c "$work/a"; head -c 8 /dev/zero; xz --check=crc32 -c "$work/b"; } > two-streams.xz
{ bzip2 -c "$work/a"; bzip2 -1c "$work/b"; } > two-streams.bz2
{ lz4 -qc -B4 -BD "$work/a"; lz4 -qc -BX "$work/b"; } > two-frames.lz4
lz4 -qlc text.log > legacy.lz4
{ zstd -qc "$work/a"; zstd -qc --ultra -22 --no-check "$work/b"; } > two-frames.zst
tar --format=gnu -cf gnu.tar text.log
tar --format=pax -cf pax.tar text.log
tar --format=ustar -cf - text.log | gzip -9nc > ustar.tar.gz
tar -cf - text.log | zstd -qc > gnu.tar.zst
rm -f ./*.zip ./*.7z
zip -qX deflated.zip text.log
zip -qX0 stored.zip text.log
cat text.log | zip -qX streamed.zip -
zip -qXe -P 'open sesame' zipcrypto.zip text.log
7z a -bso0 -bsp0 -tzip -mem=AES256 -p'open sesame' aes256.zip text.log
7z a -bso0 -bsp0 -tzip -mm=BZip2 bzip2.zip text.log
7z a -bso0 -bsp0 lzma2.7z text.log
7z a -bso0 -bsp0 -m0=PPMd ppmd.7z text.log
7z a -bso0 -bsp0 -p'open sesame' -mhe=on locked.7z text.log
printf 'open sesame\n' > passwords.txt
iconv -t UTF-16 text.log > utf16.txt
iconv -t GB18030 text.log > gb18030.txt
if [ -n "${1:-}" ]; then
    mkdir "$work/closed" "$work/cache"
    "$1" "$work/closed" 1 < text.log
    cp "$work/closed/1764201600000" blocks.logan
    "$1" "$work/cache" 0 < "$work/a"
    head -c 16384 "$work/cache/logan_cache/logan.mmap2" > logan.mmap2
    printf '0123456789012345\n0123456789012345\n' > logan-key.txt
fi
