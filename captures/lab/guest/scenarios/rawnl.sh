# Hand-made requests: attributes that ovs-vswitchd never sends, and errors with extended ACKs.  No daemon.
capture_start
python3 "$GUEST/handmade.py" >"$OUT/handmade.txt" 2>&1
ip -j -d link >"$OUT/ip-link.json"
capture_stop
describe "hand-made netlink (no daemon): OVS_VPORT_ATTR_OPTIONS, DP/VPORT IFINDEX, USERSPACE ACTIONS, DEC_TTL, PSAMPLE, ADD_MPLS, DROP, IPV4_INFO_BRIDGE, FLOW CLEAR, METER CLEAR, extended ACK, CAP_ACK, multicast notifications, unpadded and odd requests"
