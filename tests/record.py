#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keeps the last result of a verification campaign: docs/results/verification.json, and from it the
table between `<!-- output: campaigns -->` and `<!-- end -->` of docs/verification.md. Called by the
commands of `run` when a campaign ends."""

import argparse
import datetime
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def number(value):
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}"


def coverage(figures):
    kinds = ("line", "branch", "toggle", "functional")
    totals = {kind: figures[kind] for kind in kinds}
    text = "; ".join(
        f"{kind} {figures[kind]:.1f} % of {number(figures[kind + '_points'])} points"
        f" ({number(figures[kind + '_waived'])} waived)"
        for kind in kinds
    )
    return totals, text


def software_coverage(figures):
    totals = {"software_line": figures["sw_line"], "golden_line": figures["golden_line"]}
    text = "; ".join(
        f"`{folder}` {figures[part + '_line']:.1f} % of {number(figures[part + '_lines'])} lines in "
        f"{figures[part + '_files']} files"
        for part, folder in (("sw", "sw"), ("golden", "model/golden"))
    )
    return totals, f"{text}; {figures['waivers']} waivers"


def mutation(figures):
    totals = {"mutation_score": figures["mutation_score"], "mutants": figures["mutants"]}
    blocks = ", ".join(
        f"{name} {counts['killed']} of {counts['killed'] + counts['survived']}"
        for name, counts in figures["blocks"].items()
    )
    text = (
        f"{figures['mutation_score']:.1f} % of {number(figures['mutants'])} mutants found "
        f"({blocks}); {number(figures['equivalent'])} more proved equivalent"
    )
    return totals, text


def soak(figures):
    totals = {"soak_layers": figures["layers"], "soak_mismatches": figures["mismatches"]}
    commits = ", ".join(f"{number(count)} at {name}" for name, count in figures["commits"].items())
    text = (
        f"{number(figures['layers'])} random layers, {number(figures['layers_on_accelerator'])} of "
        f"them on the accelerator ({commits}); {number(figures['values'])} values, golden = CPU = "
        f"RTL = vp; {number(figures['mismatches'])} differences"
    )
    return totals, text


def formal(figures):
    proofs = figures["proofs"]
    proved = [proof["name"] for proof in proofs if proof["proved"]]
    failed = [proof["name"] for proof in proofs if not proof["proved"]]
    text = (f"{len(proved)} of {len(proofs)} proved, each with a seeded bug that is found: "
            f"{', '.join(proved)}" + (f"; not proved: {', '.join(failed)}" if failed else ""))
    if figures["quick"]:
        text += " (without the parameters that take long)"
    return {"proofs": len(proved), "proofs_failed": len(failed)}, text


def soft_errors(figures, name="soft_errors", protection="nothing protected"):
    effects = figures["effects"]

    def share(part):
        counts = figures[part]
        return ", ".join(f"{number(count)} {name.replace('_', ' ')}" for name, count in counts.items())

    totals = {
        name: figures["faults"],
        f"{name}_wrong": effects["wrong_label"],
        f"{name}_hang": effects["hang"] + effects["bus"],
    }
    text = (
        f"{number(figures['faults'])} flipped bits in db1-cnn on `base`, {protection}. "
        f"Registers ({number(figures['register_bits'])} bits): {share('registers')}. "
        f"Memories ({number(figures['memory_bits'])} bits): {share('memories')}"
    )
    return totals, text


def soft_errors_protected(figures):
    totals, text = soft_errors(figures, "soft_errors_protected",
                               "memories that correct and two copies in lockstep")
    outside = figures.get("counters")
    if outside:
        counts = ", ".join(f"{number(count)} {name.replace('_', ' ')}"
                           for name, count in outside.items() if count)
        text += f". Of these in counters and log, which are not protected: {counts}"
    return totals, text


def geometries(figures):
    totals = {"geometries": figures["geometries"], "geometry_failures": figures["failures"]}
    text = (
        f"{number(figures['layers'])} random layers on {number(figures['geometries'])} cores of "
        f"other R, C, L, memories and bus widths, value by value and cycle by cycle "
        f"(`docs/results/geometries.md`); {number(figures['failures'])} tests failed"
    )
    return totals, text


# By campaign: the command, and from its figures the totals of verification.json and a sentence.
CAMPAIGNS = {
    "coverage": ("./run coverage", coverage),
    "coverage-software": ("./run coverage --software", software_coverage),
    "formal": ("./run formal", formal),
    "geometries": ("./run geometries", geometries),
    "mutation": ("./run mutation", mutation),
    "soak": ("./run soak", soak),
    "soft-errors": ("./run soft-errors", soft_errors),
    "soft-errors-protected": ("./run soft-errors --protected", soft_errors_protected),
}


def table(record):
    lines = ["| campaign | last result | date, commit, seed |", "| --- | --- | --- |"]
    for name, (command, _) in CAMPAIGNS.items():
        if name not in record["campaigns"]:
            continue
        last = record["campaigns"][name]
        seed = "" if last["seed"] is None else f", seed {last['seed']}"
        lines.append(f"| `{command}` | {last['text']} | {last['date']}, {last['commit']}{seed} |")
    return lines


def paste(page, lines):
    """The page with `lines` between its marks. Error: a mark is missing."""
    text = page.read_text()
    begin, end = "<!-- output: campaigns -->\n", "<!-- end -->\n"
    if begin not in text or end not in text.split(begin, 1)[1]:
        sys.exit(f"record: {page} lacks {begin.strip()} or {end.strip()}")
    head, rest = text.split(begin, 1)
    page.write_text(head + begin + "\n".join(lines) + "\n" + end + rest.split(end, 1)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("campaign", choices=CAMPAIGNS)
    parser.add_argument("figures", type=pathlib.Path, help="JSON that the campaign wrote")
    parser.add_argument("--commit", required=True)
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    arguments = parser.parse_args()

    figures = json.loads(arguments.figures.read_text())
    file = arguments.root / "docs/results/verification.json"
    record = json.loads(file.read_text()) if file.exists() else {"campaigns": {}}
    totals, text = CAMPAIGNS[arguments.campaign][1](figures)
    record.update(totals)
    record["campaigns"][arguments.campaign] = {
        "date": arguments.date,
        "commit": arguments.commit,
        "seed": figures.get("seed"),
        "text": text,
        "figures": figures,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(record, indent=2) + "\n")
    paste(arguments.root / "docs/verification.md", table(record))


if __name__ == "__main__":
    main()
