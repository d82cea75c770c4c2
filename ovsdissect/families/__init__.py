"""The generic netlink families that ovsdissect decodes, one file each, and how their ids become known."""

from ovsdissect.families.nlctrl import GENL_ID_CTRL, NLCTRL
from ovsdissect.families.ovs_ct_limit import OVS_CT_LIMIT
from ovsdissect.families.ovs_datapath import OVS_DATAPATH
from ovsdissect.families.ovs_flow import OVS_FLOW
from ovsdissect.families.ovs_meter import OVS_METER
from ovsdissect.families.ovs_packet import OVS_PACKET
from ovsdissect.families.ovs_vport import OVS_VPORT
from ovsdissect.grammar import Family

# net/openvswitch/datapath.c, dp_genl_families[]: registered in this order, so that their ids are consecutive
OVS_FAMILIES = (OVS_DATAPATH, OVS_VPORT, OVS_FLOW, OVS_PACKET, OVS_METER, OVS_CT_LIMIT)

FAMILIES: dict[str, Family] = {family.name: family for family in (NLCTRL, *OVS_FAMILIES)}

__all__ = ["FAMILIES", "GENL_ID_CTRL", "NLCTRL", "OVS_FAMILIES", "OVS_FLOW", "OVS_PACKET"]
