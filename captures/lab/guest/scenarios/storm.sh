# One large capture: many flows that differ; debug logging off, so that the daemon spends its time on netlink.
database other_config:flow-limit=200000 other_config:max-idle=15000
daemon
for module in dpif dpif_netlink ofproto_dpif_upcall odp_util; do ovs-appctl vlog/set "$module:file:info"; done
bridge br0 -- set bridge br0 other_config:mac-table-size=200000
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02
inside ns2 ping -c 1 10.1.0.1
inside ns2 iptables -A INPUT -j DROP
inside ns2 ip6tables -A INPUT -j DROP
capture_start --time-stamp-precision=nano
inside ns1 python3 "$GUEST/storm.py" eth0 70000 02:00:00:00:00:02 1500
sleep 15
state
capture_stop
daemon_stop
describe "flood of unique flows for work on speed (dpif's debug log off)"
