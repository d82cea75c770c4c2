#!/bin/sh
# Writes what the tools print of tricky.bin and message.bin (a file each, named in commands.tsv); run where xxd, hexdump, od, gdb, gcc,
# tcpdump, tshark, strace, base64 and Python are installed.  Records beside each output the command that made it.
set -eu
cd "$(dirname "$0")"
: >commands.tsv
keep() { # FILE BYTES COMMAND
  sh -c "$3" >"$1.txt" 2>/dev/null
  printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>commands.tsv
}
memory() { # FILE BYTES COMMANDS
  keep "$1" "$2" "gdb -q -batch -ex 'break main' -ex run $3 /tmp/pasted | grep -E '^(0x|.1 = )'"
}
{
  echo 'unsigned char'; xxd -i tricky.bin | sed 's/unsigned char//; /_len/d'
  xxd -i message.bin | sed '/_len/d'
  echo 'int main(void) { return tricky_bin[0] + message_bin[0]; }'
} >/tmp/pasted.c
gcc -g -O0 -o /tmp/pasted /tmp/pasted.c
for bytes in tricky message; do
  f=$bytes.bin
  n=$(wc -c <$f)
  keep $bytes-xxd $bytes "xxd $f"
  keep $bytes-xxd-g1 $bytes "xxd -g1 -u $f"
  keep $bytes-xxd-c8 $bytes "xxd -c8 $f"
  keep $bytes-xxd-g0 $bytes "xxd -g0 -c 20 $f"
  keep $bytes-xxd-e $bytes "xxd -e $f"
  keep $bytes-xxd-a $bytes "xxd -a $f"
  keep $bytes-xxd-d $bytes "xxd -d $f"
  keep $bytes-xxd-p $bytes "xxd -p $f"
  keep $bytes-xxd-i $bytes "xxd -i $f"
  keep $bytes-hexdump-C $bytes "hexdump -C $f"
  keep $bytes-hexdump $bytes "hexdump $f"
  keep $bytes-hexdump-x $bytes "hexdump -x $f"
  keep $bytes-hexdump-v $bytes "hexdump -v $f"
  keep $bytes-hexdump-b $bytes "hexdump -b $f"
  keep $bytes-od-Ax $bytes "od -Ax -tx1 $f"
  keep $bytes-od-Ax-z $bytes "od -Ax -tx1z $f"
  keep $bytes-od $bytes "od -tx1 $f"
  keep $bytes-od-An $bytes "od -v -An -tx1 $f"
  keep $bytes-od-Ad $bytes "od -Ad -tx1 $f"
  keep $bytes-od-x $bytes "od -x $f"
  keep $bytes-od-tx4 $bytes "od -Ax -tx4 $f"
  keep $bytes-od-b $bytes "od -b $f"
  keep $bytes-od-plain $bytes "od $f"
  keep $bytes-xxd-e2 $bytes "xxd -e -g2 $f"
  keep $bytes-od-tu1 $bytes "od -tu1 $f"
  keep $bytes-od-td2 $bytes "od -Ax -td2 $f"
  keep $bytes-hexdump-d $bytes "hexdump -d $f"
  keep $bytes-hexdump-o $bytes "hexdump -o $f"
  keep $bytes-base64 $bytes "base64 $f"
  memory $bytes-gdb-xb $bytes "-ex 'x/${n}xb ${bytes}_bin'"
  memory $bytes-gdb-px $bytes "-ex 'p/x ${bytes}_bin'"
  keep $bytes-strace $bytes "strace -o /tmp/pasted.log -s 200 -e trace=write cat $f >/dev/null; cat /tmp/pasted.log"
  keep $bytes-strace-x $bytes "strace -o /tmp/pasted.log -s 200 -x -e trace=write cat $f >/dev/null; cat /tmp/pasted.log"
  keep $bytes-strace-xx $bytes "strace -o /tmp/pasted.log -s 200 -xx -e trace=write cat $f >/dev/null; cat /tmp/pasted.log"
  keep $bytes-strace-dump $bytes "strace -o /tmp/pasted.log -e trace=write -e write=1 cat $f >/dev/null; cat /tmp/pasted.log"
  keep $bytes-python $bytes "python3 -c 'print(open(\"$f\", \"rb\").read())'"
done
memory message-gdb-ub message "-ex 'x/72ub message_bin'"
memory message-gdb-xh message "-ex 'x/36xh message_bin'"
memory message-gdb-xw message "-ex 'x/18xw message_bin'"
memory message-gdb-xg message "-ex 'x/9xg message_bin'"
memory message-gdb-p message "-ex 'p message_bin'"
memory tricky-gdb-p tricky "-ex 'p tricky_bin'"
keep two-tcpdump-x two "tcpdump -r two.pcap -x"
keep two-tcpdump-xx two "tcpdump -tttt -r two.pcap -xx"
keep two-tcpdump-X two "tcpdump -r two.pcap -X"
keep two-tcpdump-XX two "tcpdump -r two.pcap -XX"
keep two-tshark two "tshark -r two.pcap -x"
keep two-tshark-P two "tshark -r two.pcap -x -P"
keep one-tshark one "tshark -r two.pcap -x -c 1"
