# Protocols of the slow path between two bridges that veths join.
# Secure mode and drops on two of the links: no forwarding loop, and the protocols still work.
database
daemon
capture_start
bridge brA -- set bridge brA protocols=$openflow fail_mode=secure
bridge brB -- set bridge brB protocols=$openflow fail_mode=secure
for k in 0 1 2 3; do
  ip link add pa$k type veth peer name pb$k
  ip link set pa$k up
  ip link set pb$k up
done
vsctl add-port brA pa0 -- add-port brB pb0 \
  -- set interface pa0 bfd:enable=true bfd:min_tx=400 bfd:min_rx=400 -- set interface pb0 bfd:enable=true bfd:min_tx=400 bfd:min_rx=400
vsctl set interface pa0 cfm_mpid=1 other_config:cfm_interval=500 -- set interface pb0 cfm_mpid=2 other_config:cfm_interval=500
vsctl add-bond brA bA pa1 pa2 lacp=active bond_mode=balance-tcp other_config:lacp-time=fast \
  -- add-bond brB bB pb1 pb2 lacp=active bond_mode=balance-tcp other_config:lacp-time=fast
vsctl add-port brA pa3 -- add-port brB pb3 -- set interface pa3 lldp:enable=true -- set interface pb3 lldp:enable=true
for k in 0 3; do
  ofctl add-flow brA "priority=10,in_port=pa$k,actions=drop"
  ofctl add-flow brB "priority=10,in_port=pb$k,actions=drop"
done
for each in brA brB; do
  ofctl add-flow $each "priority=1,actions=NORMAL"
  vsctl set bridge $each stp_enable=true mcast_snooping_enable=true
done
sleep 6
for each in brA brB; do vsctl set bridge $each stp_enable=false rstp_enable=true; done
host brA ns3 v3 10.3.0.1/24 fd00:3::1/64 02:00:00:00:00:03
host brB ns4 v4 10.3.0.2/24 fd00:3::2/64 02:00:00:00:00:04
sleep 3
frames ns3 sample 10.3.0.1 10.3.0.2 fd00:3::1 fd00:3::2 02:00:00:00:00:04
inside ns3 ping -c 2 10.3.0.2
dump
state
capture_stop
for what in bfd/show cfm/show bond/show lacp/show "mdb/show brA" rstp/show; do truth slow ovs-appctl $what; done
daemon_stop
describe "slow path: BFD, CFM, LACP bonds, STP, RSTP, IGMP/MLD snooping, LLDP"
