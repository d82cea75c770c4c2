# Dispatch by CPU: which handler's socket gets an upcall.  The UDP destination port tells the CPU that sent.
cpus=$(nproc)
HANDLERS=$cpus
database
capture_start --time-stamp-precision=nano
daemon
bridge br0
host br0 ns1 v1 10.1.0.1/24 fd00:1::1/64 02:00:00:00:00:01
host br0 ns2 v2 10.1.0.2/24 fd00:1::2/64 02:00:00:00:00:02
sleep 2
for cpu in $(seq 0 $((cpus - 1))); do
  inside ns1 taskset -c "$cpu" python3 "$GUEST/frames.py" eth0 send \
    "[Ether(src='02:00:00:00:0$cpu:%02x' % k, dst='02:00:00:00:00:02') / IP(src='10.1.0.1', dst='10.1.0.2')
      / UDP(sport=100 + k, dport=5000 + $cpu) / b'cpu$cpu' for k in range(6)]"
done
talk ns1 ns2 10.1.0.2 fd00:1::2

# the handlers are arranged anew
vsctl set Open_vSwitch . other_config:n-handler-threads=1
sleep 1
inside ns1 ping -c 2 -i 0.2 10.1.0.2
vsctl set Open_vSwitch . other_config:n-handler-threads="$cpus"
sleep 1
ovs-appctl dpctl/del-flows
inside ns1 ping -c 2 -i 0.2 10.1.0.2
dump
state
capture_stop
daemon_stop
describe "per-CPU dispatch: PER_CPU_PIDS in datapath SET, UPCALL_PID in EXECUTE (new kernels and OVS 4.0), handler threads against sockets; UDP destination port 5000+N marks the CPU that sent"
