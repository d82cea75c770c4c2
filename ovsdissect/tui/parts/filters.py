"""Filters without typing: presets, the selected field, one flow, all messages; Esc undoes them."""

from __future__ import annotations

from typing import Final

from ovsdissect.tui.dialogs import Choice, Menu
from ovsdissect.tui.keys import Key
from ovsdissect.tui.part import Part, Stage

PRESETS: Final = (
    Choice("misses", "m", "Misses", "ovs_packet.cmd == miss"),
    Choice("actions", "a", "Actions to userspace", "ovs_packet.cmd == action"),
    Choice("executes", "x", "Executes", "ovs_packet.cmd == execute"),
    Choice("flows", "f", "Flow changes", "ovs_flow.cmd in {new, set, del} && direction == to-kernel"),
    Choice("errors", "e", "Errors", "kind == error"),
    Choice("drops", "d", "Drops", 'upcall.answer contains "drop" || upcall.why == drop || upcall.answer contains "execute-refused"'),
    Choice("unanswered", "u", "Unanswered upcalls", "upcall.why in {unexplained, capture-end}"),
    Choice("probes", "p", "Probes", "ovs_flow.probe || ovs_packet.probe"),
    Choice("slow", "s", "Slow path", "userdata.slow_path || actions.userspace.userdata.slow_path"),
    Choice("ports", "v", "Ports and datapaths", "ovs_vport || ovs_datapath"),
    Choice("problems", "!", "Malformed or odd", "problem.kind"),
)


class Filters(Part):
    """Filters that need no typing."""

    NAME = "filters"
    KEYS = (
        Key("f", "presets", "Ready-made filters", "Filter", "presets"),
        Key("a", "field('')", "Filter: the field selected in the tree", "Filter", "filter by it"),
        Key("ampersand", "field('&&')", "Filter: ... and the selected field", "Filter"),
        Key("vertical_line", "field('||')", "Filter: ... or the selected field", "Filter"),
        Key("exclamation_mark", "field('!')", "Filter: ... and not the selected field", "Filter"),
        Key("u", "same_flow", "All messages of this one's flow (ufid)", "Filter"),
        Key("A", "everything", "All netlink messages, or Open vSwitch's only", "Filter"),
        Key("escape", "stop", "Stop filtering or searching; then remove the filter", "Filter"),
        Key("ctrl+r", "restore", "The filter that was removed or changed last", "Filter"),
    )

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._before = ""

    def applied(self, text: str) -> None:
        """The filter changed."""
        self.session.back = None
        if text != self.session.text and self.session.text:
            self._before = self.session.text

    def action_presets(self) -> None:
        presets = (*PRESETS, *(Choice(name, "", name, text) for name, text in self.session.settings.presets.items()))

        def chosen(name: str | None) -> None:
            if name is not None:
                self.stage.apply(next(choice.note for choice in presets if choice.name == name))

        self.stage.app.push_screen(Menu("Ready-made filters", presets), chosen)

    def selected_expression(self) -> str | None:
        """The filter for the value selected in the tree."""
        from ovsdissect.filter.expression import expression

        branch, message = self.stage.tree_pane.branch, self.session.message
        if branch is None or message is None:
            return None
        return expression(message, branch.line.path, branch.line.text)

    def action_field(self, how: str) -> None:
        selected = self.selected_expression()
        if selected is None:
            self.stage.say("no field is selected in the tree that a filter can name", "problem")
            return
        old = self.session.text
        if how == "!":
            text = f"({old}) && !({selected})" if old else f"!({selected})"
        elif how and old:
            text = f"({old}) {how} {selected}"
        else:
            text = selected
        self.stage.apply(text)

    def action_same_flow(self) -> None:
        session = self.session
        message = session.message
        attrs = message.attrs if message is not None else None
        ufid = attrs.child("ufid") if attrs is not None else None
        if ufid is None and message is not None and session.line is not None:
            asked = session.store.request(session.line)
            attrs = session.store.message(asked).attrs if asked is not None else None
            ufid = attrs.child("ufid") if attrs is not None else None
        if ufid is None:
            self.stage.say("this message has no ufid; i tells the flow of a miss or an execute", "problem")
            return
        value = ufid.value
        self.stage.apply(f"ovs_flow.ufid == {value}" if isinstance(value, str) else "ovs_flow.ufid")

    def action_everything(self) -> None:
        self.session.everything = not self.session.everything
        self.stage.apply(self.session.text)
        self.stage.say("all netlink messages" if self.session.everything else "Open vSwitch's messages and what belongs to them")

    def action_stop(self) -> None:
        """Esc: stop the work in progress, or else remove the filter."""
        view = self.session.view
        if self.stage.work.stop():
            return
        if not view.done and view.wanted is not None and view.seen < self.session.store.count:
            view.cancel()
            self.stage.say(f"stopped after {view.seen:,} messages: what was found is shown", "mark")
        elif self.session.back is not None:
            name, before = self.session.back
            self.session.back = None
            self.stage.apply(before)
            self.stage.app.call_later(self.stage.app.run_action, f"open('{name}')")
        elif self.session.text:
            removed = self.session.text
            self.stage.apply("")
            self.stage.say(f"removed: {removed}   Ctrl-R brings it back", "dim")

    def action_restore(self) -> None:
        if self._before:
            self.stage.apply(self._before)
        else:
            self.stage.say("no filter was removed yet", "dim")
