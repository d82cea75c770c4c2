# The capture runs before ovs-vswitchd starts and until after it has ended.
capture_start
database
daemon
bridge br0
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02
vsctl add-port br0 vx0 -- set interface vx0 type=vxlan options:remote_ip=10.9.9.9 options:key=7
vsctl add-port br0 int0 -- set interface int0 type=internal
vsctl add-port br0 nodev
sleep 1
talk ns1 ns2 10.1.0.2 fd00:1::2
dump
state
vsctl del-port br0 vx0
vsctl del-port br0 v2
sleep 1
daemon_stop
capture_stop
describe "daemon start, GETFAMILY for the families, datapath and ports made, feature probes (flow put, execute), errors with extended ACK, ports added and removed, daemon exit --cleanup"
