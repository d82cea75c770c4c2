"""Filtering, as the user asks for it: the bar, presets, the selected field, one flow, everything; and the work that runs meanwhile."""

from __future__ import annotations

from typing import Final

from ovsdissect.errors import FilterError
from ovsdissect.text.screen import escape
from ovsdissect.tui.dialogs import Choice, Menu
from ovsdissect.tui.filterbar import FilterBar, compiled
from ovsdissect.tui.shell import Found, Grew, Shell
from ovsdissect.tui.view import View

PRESETS: Final = (
    Choice("misses", "m", "Misses", "ovs_packet.cmd == miss"),
    Choice("actions", "a", "Actions to userspace", "ovs_packet.cmd == action"),
    Choice("executes", "x", "Executes", "ovs_packet.cmd == execute"),
    Choice("flows", "f", "Flow changes", "ovs_flow.cmd in {new, set, del} && direction == to-kernel"),
    Choice("errors", "e", "Errors", "kind == error"),
    Choice("probes", "p", "Probes", "ovs_flow.probe || ovs_packet.probe"),
    Choice("slow", "s", "Slow path", "userdata.slow_path || actions.userspace.userdata.slow_path"),
    Choice("ports", "v", "Ports and datapaths", "ovs_vport || ovs_datapath"),
    Choice("problems", "!", "Malformed or odd", "problem.kind"),
)


class Filtering(Shell):
    """What decides which messages are shown."""

    def begin(self) -> None:
        self.apply_filter(self.filter_text)

    def apply_filter(self, text: str, *, everything: bool | None = None) -> None:
        """Show what matches; the caller knows that it compiles."""
        wanted = compiled(text)
        self.everything = self.everything if everything is None else everything
        self.filter_text = text
        self.filter_bar.put(text)
        self.view.cancel()
        if wanted is not None and self.source.store.count:
            wanted.start_ns = self.source.store.time(0)
        self.view = View(self.source, wanted, self.everything, lambda view: self.tell(Found(view)))
        self.notice = ("dim", "")
        self.heads.sorted = None
        self.list_pane.show_view(self.view)
        self.paused = False
        self.view.start()
        self.view.join(0.01)  # what is found at once is there in the first picture
        self.on_found(Found(self.view))
        self.show_line()

    def on_grew(self, event: Grew) -> None:
        """More was read; where earlier lines are something else now, all is chosen again."""
        if self.view.store is not self.source.store:
            self.list_pane.renew()
            self.message_line = None
            self.apply_filter(self.filter_text)
        self.report()

    # the bar

    def action_filter(self) -> None:
        self.filter_bar.input.focus()

    def action_complete(self) -> None:
        self.filter_bar.complete()

    def action_choose(self, step: int) -> None:
        self.filter_bar.choose(step)

    def action_leave_filter(self) -> None:
        self.filter_bar.leave()

    def on_filter_bar_applied(self, event: FilterBar.Applied) -> None:
        self.apply_filter(event.text)
        self.list_pane.focus()

    def on_filter_bar_left(self, event: FilterBar.Left) -> None:
        self.filter_bar.put(self.filter_text)
        self.list_pane.focus()

    # other ways

    def try_filter(self, text: str) -> None:
        """Apply a filter that the program made; a word to the user where it does not compile."""
        try:
            compiled(text)
        except FilterError as error:
            self.say(f"{text}: {error}", "error")
            return
        self.filter_bar.history.add(text)
        self.apply_filter(text)

    def action_presets(self) -> None:
        def chosen(name: str | None) -> None:
            if name is not None:
                self.try_filter(next(choice.note for choice in PRESETS if choice.name == name))

        self.push_screen(Menu("Ready-made filters", PRESETS), chosen)

    def selected_expression(self) -> str | None:
        """The filter for the value selected in the tree."""
        from ovsdissect.filter.expression import expression

        branch, message = self.tree_pane.branch, self.message
        if branch is None or message is None:
            return None
        return expression(message, branch.line.path, branch.line.text)

    def action_apply(self, how: str) -> None:
        selected = self.selected_expression()
        if selected is None:
            self.say("no field is selected in the tree that a filter can name", "problem")
            return
        old = self.filter_text
        if how == "!":
            text = f"({old}) && !({selected})" if old else f"!({selected})"
        elif how and old:
            text = f"({old}) {how} {selected}"
        else:
            text = selected
        self.try_filter(text)

    def action_same_flow(self) -> None:
        message = self.message
        attrs = message.attrs if message is not None else None
        ufid = attrs.child("ufid") if attrs is not None else None
        if ufid is None and message is not None and self.message_line is not None:
            asked = self.store.request(self.message_line)
            attrs = self.store.message(asked).attrs if asked is not None else None
            ufid = attrs.child("ufid") if attrs is not None else None
        if ufid is None:
            self.say("this message has no ufid: misses and executes name no flow", "problem")
            return
        value = ufid.value
        self.try_filter(f"ovs_flow.ufid == {value}" if isinstance(value, str) else "ovs_flow.ufid")

    def action_everything(self) -> None:
        self.apply_filter(self.filter_text, everything=not self.everything)
        self.say("all netlink messages" if self.everything else "Open vSwitch's messages and what belongs to them")

    def action_stop(self) -> None:
        """Esc: the work in progress first, then the filter."""
        if not self.view.done and self.view.wanted is not None and self.view.seen < self.store.count:
            self.view.cancel()
            self.say(f"stopped after {self.view.seen:,} messages: what was found is shown", "mark")
        elif self.filter_text:
            self.apply_filter("")

    def emptiness(self) -> list[str]:
        """Why the list is empty, and the way out."""
        source, count = self.source, self.store.count
        if self.list_pane.lines:
            return []
        if not count:
            if not source.done:
                return ["", "  Waiting for the first message ..."]
            return ["", f"  {escape(source.name)} holds no netlink message.", "", "  q leaves"]
        if not self.view.done and self.view.seen < count:
            return ["", "  Nothing yet ...", "", "  Esc stops"]
        if self.filter_text:
            lines = ["", f"  None of {count:,} messages matches  {escape(self.filter_text)}", "", "  Esc removes the filter, / changes it"]
            return lines if self.everything else [*lines, "  A looks among all netlink messages, not only Open vSwitch's"]
        return self._nothing_of_ovs()

    def _nothing_of_ovs(self) -> list[str]:
        store = self.store
        unknown = sorted(store.unnamed().items(), key=lambda item: -item[1])
        lines = ["", f"  None of {store.count:,} messages is known to be Open vSwitch's.", ""]
        if unknown:
            lines += [
                "  The capture does not tell the families of these types, and their messages are too few or too short to infer them:",
                *(f"    type {number}: {count:,} messages" for number, count in unknown[:6]),
                "",
                "  On the host, `genl ctrl list` tells the ids. Then:",
                f"    ovsdissect --family ovs_packet={unknown[0][0]} {escape(self.source.name)}",
                "",
            ]
        return [*lines, "  A shows all netlink messages"]
