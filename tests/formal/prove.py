#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proofs about RTL modules with Yosys' SAT solver. Each proof is made once on the RTL, where it has to
hold, and once on the RTL with a seeded bug, which it has to find: a proof that cannot fail proves
nothing. Combinational modules: the properties are the assertions of the *_spec.sv beside this file,
for all inputs. Machines: those of inside/MODULE.svh, read inside the module, by k-induction, so for
every number of cycles; what is assumed stands there too."""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RTL = HERE.parent.parent / "rtl"
PACKAGES = ["gen/tendon_regs_pkg.sv", "tendon_pkg.sv"]

# `bug`: file, text, text in its place. `slow`: parameters that --quick leaves out. `inside`: by
# k-induction, with the properties of inside/.
Proof = collections.namedtuple("Proof", "claim top files parameters bug slow inside",
                               defaults=([], False))
PROOFS = {
    "shift": Proof("the shifter is one wide shift, for all values and amounts", "shift_spec",
                   ["tendon_shift.sv"], [{}],
                   ("tendon_shift.sv", "x4[15:0] != '0", "x4[14:0] != '0")),
    "form": Proof("chunk sums are weighed as every activation width asks for", "form_spec",
                  ["tendon_form.sv"], [{"Width": 8}, {"Width": 9}],
                  ("tendon_form.sv", "odd3 << 2", "odd3 << 1")),
    "secded": Proof("of every word one flipped bit is corrected and two are found", "secded_spec",
                    ["tendon_secded.sv"], [{"Width": 6}], ("tendon_secded.sv", "p = i + 3;", "p = i + 2;"),
                    [{"Width": 24}]),
    "product": Proof("bricks, chunk sums and slices are a product, every width pair but 8x8", "product_spec",
                     ["tendon_dot.sv", "tendon_form.sv"],
                     [{"ActBits": a, "WgtBits": w, "Lane": 5} for a, w in ((8, 2), (4, 4), (2, 2))],
                     ("tendon_dot.sv", "p2 = a1 & w1 & (a0 | w0)", "p2 = a1 & w1 & a0"),
                     [{"ActBits": a, "WgtBits": w, "Lane": 12}
                      for a, w in ((8, 4), (4, 8), (4, 2), (2, 8), (2, 4))]),
    "regs": Proof("AXI4-Lite: one answer for each request, in time, kept until taken; writes have "
                  "their effect, locks hold", "tendon_regs", ["tendon_flag.sv", "tendon_regs.sv"],
                  [{}],
                  ("tendon_regs.sv", "write || (bvalid_q && !s_bready_i)", "write"),
                  inside=True),
    "dma": Proof("AXI4: requests and beats kept until taken, never outside of the window, never "
                 "across 4 KiB, as many beats as announced, none lost or repeated", "tendon_dma",
                 ["tendon_dma.sv"], [{"DmaWidth": 32}],
                 ("tendon_dma.sv", "wlast_q <= data_left_q == '0", "wlast_q <= data_left_q == 4'd1"),
                 [{"DmaWidth": 64}, {"DmaWidth": 128}], True),
    "fetch": Proof("descriptors in flight in order, none lost; every chain that was accepted ends, "
                   "in done or error; after an error nothing starts", "tendon_fetch",
                   ["tendon_fetch.sv"], [{"DmaWidth": 128}],
                   ("tendon_fetch.sv", "assign can_core = in_flight != 2'd3 &&", "assign can_core ="),
                   [{"DmaWidth": 128, "Protect": 2}], True),
}


def holds(proof, parameters, folder, sources):
    """True, False (a counterexample), or the text of what went wrong."""
    chparams = " ".join(f"-chparam {name} {value}" for name, value in parameters.items())
    prove = "-prove-asserts -verify -timeout 600"
    spec = HERE / f"{proof.top}.sv"
    if proof.inside:
        prove += " -tempinduct -set-assumes -seq 1 -maxsteps 6"
        spec = folder / "inside.sv"
        text = sources[-1].read_text().rstrip().removesuffix("endmodule")
        properties = (HERE / "inside" / f"{proof.top}.svh").read_text()
        spec.write_text(f"{text}{properties}endmodule\n")
        sources = sources[:-1]
    script = (f"read_verilog -formal -sv {' '.join(map(str, sources))} {spec}\n"
              f"hierarchy -check -top {proof.top} {chparams}\nproc\nmemory_map\nflatten\nasync2sync\n"
              f"opt_clean\nsat {prove} {proof.top}\n")
    (folder / "proof.ys").write_text(script)
    done = subprocess.run(["yosys", "-q", "-s", "proof.ys"], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return True
    if "Called with -verify and proof did fail" in done.stdout:
        return False
    return done.stdout[-1500:]


def run(name, proof, folder, quick):
    """Error text, or None when the RTL passes and the seeded bug is found."""
    sources = [RTL / file for file in PACKAGES + proof.files]
    for parameters in proof.parameters + ([] if quick else proof.slow):
        result = holds(proof, parameters, folder, sources)
        if result is not True:
            return f"{name} {parameters}: {'counterexample' if result is False else result}"
    file, text, wrong = proof.bug
    source = (RTL / file).read_text()
    if text not in source:
        return f"{name}: the text of the seeded bug is not in {file}"
    broken = folder / file
    broken.write_text(source.replace(text, wrong))
    sources = [broken if path.name == file else path for path in sources]
    results = [holds(proof, parameters, folder, sources) for parameters in proof.parameters]
    if any(isinstance(result, str) for result in results):
        return next(result for result in results if isinstance(result, str))
    return None if False in results else f"{name}: the seeded bug is not found"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=PROOFS)
    parser.add_argument("--quick", action="store_true", help="without what takes long")
    parser.add_argument("--json", type=pathlib.Path, help="figures")
    parser.add_argument("--keep", type=pathlib.Path, help="the same, of all proofs only")
    arguments = parser.parse_args()
    failed = 0
    figures = {"proofs": [], "quick": arguments.quick}
    for name in arguments.only or PROOFS:
        proof = PROOFS[name]
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            error = run(name, proof, pathlib.Path(folder), arguments.quick)
        seconds = time.monotonic() - start
        failed += error is not None
        print(f"{name}: {'FAILED' if error else 'proved, seeded bug found'}: {proof.claim} "
              f"({seconds:.0f} s)", flush=True)
        if error:
            print(error)
        figures["proofs"].append({"name": name, "claim": proof.claim, "proved": error is None,
                                  "unbounded": True, "inside": proof.inside})
    for path in (arguments.json, None if arguments.only else arguments.keep):
        if path:
            path.write_text(json.dumps(figures, indent=2) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
