# A short snaplen.
database
capture_start -s 128
daemon
bridge br0
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02
talk ns1 ns2 10.1.0.2 fd00:1::2
dump
state
capture_stop
daemon_stop
describe "snaplen 128: most records are cut inside an attribute"
