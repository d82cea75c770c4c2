"""psample.py SECONDS: listens to the psample family's groups, so that the kernel sends its messages and nlmon shows them."""

import sys
import time

from netlink import Socket

listener = Socket()
for group in listener.family("psample")[1]:
    listener.join(group)
end = time.monotonic() + float(sys.argv[1])
heard = 0
while time.monotonic() < end:
    heard += len(listener.received())
print(f"{heard} psample messages")
