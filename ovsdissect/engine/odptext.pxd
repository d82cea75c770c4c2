# C types of odptext.py.

from ovsdissect.engine.actiontext cimport ActionText
from ovsdissect.engine.flowtext cimport FlowText
from ovsdissect.engine.messagetext cimport MessageText
from ovsdissect.engine.output cimport Output
from ovsdissect.engine.reader cimport Reader
from ovsdissect.engine.topattributes cimport read_message

cdef class OdpText:
    cdef Reader reader
    cdef Output output
    cdef FlowText flows
    cdef ActionText lists
    cdef MessageText messages
