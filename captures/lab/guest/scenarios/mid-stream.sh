# The capture starts when the daemon has been up for a while: no nlctrl message inside.
database
daemon
bridge br0
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02
sleep 3
capture_start --time-stamp-precision=nano
talk ns1 ns2 10.1.0.2 fd00:1::2
frames ns1 sample 10.1.0.1 10.1.0.2 fd00:1::1 fd00:1::2 02:00:00:00:00:02
ovs-appctl upcall/disable-megaflows
frames ns1 sample 10.1.0.1 10.1.0.2 fd00:1::1 fd00:1::2 02:00:00:00:00:02
talk ns1 ns2 10.1.0.2 fd00:1::2
truth flows-appctl ovs-appctl dpctl/dump-flows -m
ovs-appctl upcall/enable-megaflows
truth flows-appctl ovs-appctl dpctl/dump-flows -m
sleep 12
capture_stop
state
daemon_stop
describe "as l2-basic, nanosecond stamps, no GETFAMILY in the capture: family ids must be inferred (the truth is below)"
