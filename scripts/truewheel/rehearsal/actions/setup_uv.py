"""astral-sh/setup-uv v7: the rehearsal's own uv, first on PATH, and the Pythons of this machine by their versions."""

from __future__ import annotations

from truewheel.rehearsal.actions import inputs, nox
from truewheel.rehearsal.actions.call import ActionCall, ActionOutcome, StandIn, StepFailed
from truewheel.system.pythons import pythons
from truewheel.workflow import action_names


def set_up(call: ActionCall) -> ActionOutcome:
    """Make `uv` and `uvx` commands for the following steps."""
    uv = nox.find_uv(call)
    if uv is None:
        raise StepFailed("uv is not installed on this machine")
    folder = call.temp / "uv"
    folder.mkdir(parents=True, exist_ok=True)
    # On a runner uv would fetch any Python that is not there. Of those with the same name, the first counts.
    every = [python for python in pythons() if python.tag.startswith("cp")]
    named = {f"python3.{python.tag[3:]}": python.path for python in reversed(every)}
    for name, program in {"uv": uv, "uvx": uv.with_name(f"uvx{uv.suffix}"), **named}.items():
        if not (folder / f"{name}{uv.suffix}").exists():
            nox.put(program.resolve(), folder, name)
    outputs = {"uv-path": str(folder / "uv"), "uvx-path": str(folder / "uvx"), "cache-hit": "false"}
    environ = {}
    if version := call.text("python-version"):
        environ["UV_PYTHON"] = outputs["python-version"] = version
    said: list[str] = []
    call.run_program([str(folder / "uv"), "--version"], call.temp, call.environ, said.append)
    outputs["uv-version"] = (said or ["uv unknown"])[0].split()[1]
    call.say(f"uv {outputs['uv-version']} of the rehearsal itself; its cache is this machine's own")
    return ActionOutcome(outputs, (folder,), environ)


SETUP_UV = StandIn(
    action_names.SETUP_UV,
    "puts the rehearsal's own uv first on PATH; uv finds the Pythons of this machine, and fetches none",
    inputs.known(
        "version version-file checksum github-token manifest-file python-version working-directory enable-cache "
        "cache-dependency-glob cache-suffix cache-local-path",
        "restore-cache save-cache prune-cache quiet cache-python ignore-nothing-to-cache ignore-empty-workdir "
        "add-problem-matchers",
        {"resolution-strategy": inputs.one_of("highest", "lowest")},
    ),
    set_up,
)
