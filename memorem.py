"""The front door: `memorem verify` decides the claims, `memorem show` prints one claim's card, `memorem certify` finds
certified minimisers, `memorem recheck` verifies them anew, `memorem predict` says what a network will store,
`memorem detect` says how memorised images look to a denoiser, `memorem sweep` measures over a grid, `memorem train`
trains a denoiser of images, `memorem figures` draws, and `memorem report` writes the page that shows it all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from threadpoolctl import threadpool_limits

from figures import figure as gallery
from figures.page.page import write_page
from figures.page.picture import pictures
from numerics import sweep as sweeps
from numerics.activation_statistics import RECOMMENDED
from numerics.detection import SIGMA
from numerics.detection_files import METHODS as DETECTORS
from numerics.detection_files import detect, detection_dict, detection_lines
from numerics.device import present_device
from numerics.folder_lock import FolderBusy
from numerics.image_models import find_recipe
from numerics.image_training_run import train_model
from numerics.model_card import card_text
from numerics.outcome import outcome
from numerics.sample_file import read_samples
from numerics.store import writable, write_json
from proofs_check import certificate_runs, prediction_report, report
from proofs_check.certificate import Certificate, certificate_paths
from proofs_check.check import Effort
from proofs_check.claim import Claim, Paper
from proofs_check.console import console, progress_shown
from proofs_check.contents import out_of_scope
from proofs_check.ledger import ClaimReport, discover, in_dependency_order, select
from proofs_check.ledger import verify as run_claims
from proofs_check.ledger_processes import suited_to
from proofs_check.recheck import recheck_file
from proofs_check.verification_file import read_verification
from theory import validation
from theory.prediction import predict as foretell

app = typer.Typer(
    name="memorem",
    help="Decides, claim by claim, what is true about memorisation and generalisation in diffusion models.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def on_one_thread() -> None:
    """Decides, claim by claim, what is true about memorisation and generalisation in diffusion models."""
    # The problems are small: handing them to several threads costs more than it brings, and far more on a busy machine.
    threadpool_limits(1)


@app.command()
def verify(
    claims: Annotated[
        list[str] | None, typer.Argument(metavar="CLAIM", help="Identifiers; all when none is given.")
    ] = None,
    paper: Annotated[Paper | None, typer.Option(help="Only the claims of this paper.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the results to FILE as JSON.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Ten times as many random problems.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random problems.")] = 0,
    tables: Annotated[bool, typer.Option(help="Print the tables that belong to the verdicts.")] = True,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes that decide at once; one a core for many claims.")
    ] = None,
) -> None:
    """Decide claims and, before them, the claims they depend on.

    The exit code is 0 exactly when every claim reaches the verdicts that its card expects and rejects every
    negative control.
    """
    destination = json_file and _accepted("--json", lambda: writable(json_file))
    known = discover()
    chosen = _accepted("CLAIM", lambda: select(known, claims or [], paper))
    effort = Effort(full=full, seed=seed)
    reports = _run(known, chosen, effort, processes)
    left_out = [] if claims else out_of_scope(paper)
    # Written before anything is printed, so that a reader who closes the pipe early still gets the file.
    written = _written(destination, report.verification_dict(reports, left_out, effort))
    printer = console(sys.stdout)
    for piece in report.pieces(reports, left_out, tables):
        printer.print(piece)
    raise typer.Exit(0 if written and all(claim.ok for claim in reports) else 1)


@app.command()
def show(claim: Annotated[str, typer.Argument(metavar="CLAIM", help="Identifier of the claim.")]) -> None:
    """Run one claim and print its card.

    The card says what is stated, on what it rests, and what every check found.
    The exit code is 0 exactly when the claim reaches the verdicts that its card expects.
    """
    known = discover()
    shown = _run(known, _accepted("CLAIM", lambda: select(known, [claim])), Effort())[-1]
    printer = console(sys.stdout)
    for piece in report.card(shown):
        printer.print(piece)
    raise typer.Exit(0 if shown.ok else 1)


@app.command()
def certify(
    problems: Annotated[
        str, typer.Argument(metavar="SET", help="Which problems: " + ", ".join(certificate_runs.SETS) + ".")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the certificates are kept.")],
) -> None:
    """Find certified minimisers, one file each; those that DIR holds already are not sought again.

    A run that is killed loses at most the certificate in progress. The exit code is 0 when the run came to its end,
    whether or not every minimiser could be certified; each one that could not is listed with the reason.
    """
    if problems not in certificate_runs.SETS:
        raise typer.BadParameter(f"{problems!r} is no set; the sets are {', '.join(certificate_runs.SETS)}")
    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} must be a folder", param_hint="--out")
    chosen = list(certificate_runs.SETS[problems]())
    certified = 0
    with progress_shown(len(chosen)) as progress:

        def done(found: Certificate) -> None:
            nonlocal certified
            certified += found.certified
            progress(found.name)
            typer.echo(report.certificate_line(found))

        certificate_runs.run(iter(chosen), out, done)
    typer.echo(f"{len(chosen)} problems, {certified} certified, in {out}")


@app.command()
def recheck(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of certificates.")]) -> None:
    """Verify every certificate in DIR anew from its numbers alone.

    The exit code is 0 exactly when every one that is stated to be certified holds, and there is at least one.
    """
    paths = certificate_paths(folder)
    holding: list[bool | None] = []
    with progress_shown(len(paths)) as progress:
        for path in paths:
            progress(path.name)
            line, holds = recheck_file(path)
            typer.echo(line)
            holding.append(holds)
    held, failed = holding.count(True), holding.count(False)
    typer.echo(f"{len(paths)} certificates, {held} hold, {failed} rejected, {holding.count(None)} not certified")
    raise typer.Exit(0 if held and not failed else 1)


@app.command()
def predict(
    data: Annotated[
        Path, typer.Argument(metavar="DATA.npy", help="Samples (n, d), or images (n, h, w[, c]), in NumPy's format.")
    ],
    sigma: Annotated[float, typer.Option(help="Noise level, in the units of the data.")],
    weight_decay: Annotated[float, typer.Option(help="Weight decay λ, in those units squared.")],
    width: Annotated[int, typer.Option(min=1, help="Number of hidden units p.")],
    check: Annotated[
        bool, typer.Option("--check", help="Minimise the exact objective and print prediction against outcome.")
    ] = False,
    starts: Annotated[int, typer.Option(min=1, help="Random starts of the check.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random starts.")] = 0,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write everything, weights included, to FILE.")
    ] = None,
) -> None:
    """Predict which samples a network of this width will store, and why, without training it.

    With --check the exit code is 0 exactly when the list of stored samples is right for every sample.
    """
    destination = json_file and _accepted("--json", lambda: writable(json_file))
    X = _accepted("DATA.npy", lambda: read_samples(data))
    if not X.any():
        raise typer.BadParameter(f"{data} must hold a sample that is not zero", param_hint="DATA.npy")
    _accepted("--sigma", lambda: validation.positive(sigma, "sigma"))
    _accepted("--weight-decay", lambda: validation.nonnegative(weight_decay, "weight_decay"))
    question = prediction_report.Question(X, sigma, weight_decay, width)
    with progress_shown(None) as progress:
        predicted = foretell(X, sigma, weight_decay, width, progress)
        found = None
        if check:
            W1, W2 = predicted.W1, predicted.W2
            found = outcome(X, W1, W2, sigma, weight_decay, starts=starts, seed=seed, on_step=progress)
    content = prediction_report.prediction_dict(question, predicted, found)
    written = _written(destination, content)
    printer = console(sys.stdout)
    for piece in prediction_report.prediction_pieces(question, predicted, found):
        printer.print(piece)
    raise typer.Exit(1 if not written or (found and (found.stored != predicted.stored).any()) else 0)


@app.command("detect")
def score_images(
    model: Annotated[Path, typer.Option(metavar="FILE", help="A denoiser of images, in safetensors.")],
    data: Annotated[Path, typer.Option(metavar="NPY", help="Images (n[, C], H, W): uint8, or floats from -1 to 1.")],
    statistic: Annotated[str, typer.Option(metavar="NAME", help=", ".join(DETECTORS))] = RECOMMENDED,
    layer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Module whose activations are scored; the middle by default.")
    ] = None,
    pool: Annotated[str, typer.Option(help="flatten: each number a unit; mean: over space or tokens.")] = "flatten",
    sigma: Annotated[float, typer.Option(help="Noise level, in the units of pixels from -1 to 1.")] = SIGMA,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all to FILE as JSON.")] = None,
) -> None:
    """Score how memorised images look to a denoiser, from its file alone; larger means memorised.

    A score ranks images of one model and is no probability. How far each statistic can be trusted, and where, stands
    on the card of own-detection-table.
    """
    destination = json_file and _accepted("--json", lambda: writable(json_file))
    settings = {"statistic": statistic, "layer": layer, "pool": pool, "sigma": sigma}
    found = _accepted("--model, --data or a setting", lambda: detect(model, data, **settings))
    written = _written(destination, detection_dict(found, model, data))
    for line in detection_lines(found):
        typer.echo(line)
    raise typer.Exit(0 if written else 1)


@app.command("sweep")
def measure_sweep(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Name, or package.module:ATTRIBUTE; the sweeps are listed without one."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the result goes, and its chunks until then.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A reduced grid, for two cores and a few minutes.")] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu",
    workers: Annotated[int, typer.Option(min=1, help="Processes of this machine that measure.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A dask scheduler, whose workers measure instead.")
    ] = None,
) -> None:
    """Measure over a declared grid, chunk by chunk; chunks that DIR holds already are checked and not measured again.

    A run that is killed loses at most the chunks in progress. A chunk that fails is listed with the reason and tried
    again by the next run. The exit code is 0 exactly when none has failed.
    """
    if name is None:
        for known in sweeps.discover().values():
            typer.echo(f"{known.name}: {known.question}")
        return
    total = len(_accepted("NAME", lambda: sweeps.find(name)).chunks(quick))
    if out is None:
        raise typer.BadParameter("a folder for the result must be named", param_hint="--out")
    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} must be a folder", param_hint="--out")
    finished = 0
    with progress_shown(total) as progress:

        def tell(news: sweeps.ChunkNews) -> None:
            nonlocal finished
            if news.reason:
                typer.echo(f"chunk {news.number}: {news.state}: {news.reason}")
            if news.state == "damaged":
                return
            finished += 1
            progress(f"chunk {news.number}: {news.state}")
            if not sys.stderr.isatty():
                typer.echo(f"{finished}/{total} chunks", err=True)

        try:
            ran = sweeps.run_sweep(
                name, out, quick=quick, device=device, workers=workers, scheduler=scheduler, progress=tell
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        except (FolderBusy, OSError) as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(1) from error
    typer.echo(
        f"{ran.cells} cells in {ran.chunks} chunks: {ran.done} done, {ran.found} found finished, "
        f"{len(ran.failed)} failed; {ran.seconds:.1f} s; in {ran.path}.npz"
    )
    raise typer.Exit(1 if ran.failed else 0)


@app.command("train")
def train_images(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model that ships, as digits-few-unet.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where weights, card and samples go.")],
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu",
    seconds: Annotated[float | None, typer.Option(help="At most so many seconds of training.")] = None,
    small: Annotated[bool, typer.Option("--small", help="A smaller network, for one core and a few minutes.")] = False,
) -> None:
    """Train a denoiser of images anew, draw samples from it, and say how many of them are copies.

    A run that is killed goes on from its checkpoint in DIR, at most a minute older. A network that was trained on
    another machine, or for another time, is not that which ships, but its regime is the same.
    """
    recipe = _accepted("NAME", lambda: find_recipe(name, small))
    _accepted("--device", lambda: present_device(device))
    _accepted("--seconds", lambda: seconds is None or validation.positive(seconds, "seconds"))
    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} must be a folder", param_hint="--out")
    with progress_shown(None, piped=True) as progress:

        def tell(step: int, loss: float) -> None:
            progress(f"step {step} of at most {recipe.steps}, loss {loss:.4f}")

        try:
            card = train_model(recipe, out, device=device, seconds=seconds, progress=tell)
        except (ValueError, OSError) as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(1) from error
    typer.echo(card_text(recipe.name, card), nl=False)


@app.command("figures")
def draw_figures(
    chosen: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Identifiers; all when none is given.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Do not verify the evidence again first.")] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where pictures and numbers go.")] = Path("figures/drawn"),
) -> None:
    """Draw figures as PNG, each with the numbers it shows as CSV beside it."""
    known = gallery.discover()
    for name in chosen or []:
        if name not in known:
            raise typer.BadParameter(f"{name!r} is no figure; the figures are {', '.join(known)}", param_hint="ID")
    names = chosen or list(known)
    with progress_shown(len(names)) as progress:
        for name in names:
            progress(name)
            for path in gallery.save(known[name], out, quick):
                typer.echo(path)


@app.command("report")
def write_report(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the page goes.")] = Path("memorem.html"),
    verdicts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Decide nothing: read what `memorem verify --json FILE` wrote.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Draw as `memorem figures --quick`, in part reduced.")] = False,
) -> None:
    """Write one HTML file with every verdict, card, figure and number; it needs nothing else.

    Takes as long as `memorem verify` and `memorem figures` together. The exit code is that of `memorem verify`.
    """
    destination, known = _accepted("--out", lambda: writable(out)), discover()
    kept = None if verdicts is None else _accepted("--verdicts", lambda: read_verification(verdicts, known))
    reports = run_claims(known, known, Effort(), decisions=kept.decisions) if kept else _run(known, [*known], Effort())
    chosen = list(gallery.discover().values())
    with progress_shown(len(chosen)) as progress:
        drawn = pictures(chosen, quick, progress)
    size = write_page(destination, reports, drawn, kept.made if kept else report.made_with(Effort()), quick)
    typer.echo(f"{destination}: {size / 1e6:.1f} MB, {len(drawn)} figures, {report.closing_line(reports)}")
    raise typer.Exit(0 if all(claim.ok for claim in reports) else 1)


def _written(path: Path | None, content: Any) -> bool:
    """Whether `content` is in the file, or no file was asked for; says why it is not."""
    try:
        if path:
            write_json(path, content)
    except OSError as error:
        typer.echo(f"Error: {path} was not written: {error}", err=True)
        return False
    return True


def _accepted(named: str, check: Callable[[], Any]) -> Any:
    """What `check` returns; the reason why it refuses, or why a file cannot be read, as a mistake of usage."""
    try:
        return check()
    except (ValueError, OSError) as error:
        raise typer.BadParameter(str(error), param_hint=named) from error


def _run(
    known: Mapping[str, Claim], chosen: list[str], effort: Effort, processes: int | None = None
) -> list[ClaimReport]:
    total = len(in_dependency_order(known, chosen))
    with progress_shown(total) as progress:
        decisions = suited_to(total, processes)
        return run_claims(known, chosen, effort, lambda claim: progress(claim.identifier), decisions)


def main() -> None:
    """Entry point of the `memorem` command."""
    app()


if __name__ == "__main__":
    main()
