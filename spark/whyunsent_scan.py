"""On the executors: hands batches of uploads to `whyunsent scan` and yields the batches that it answers.

A scan gives every upload exactly one receipt, replaces readers that die or hang, and ends when its standard input does or
nobody reads its output, so nothing is supervised here. Ships with `--py-files`; the binary ships with `--files`.
"""
import itertools
import os
import subprocess
import threading

import pyarrow as pa

# What is joined into one batch at most.
BATCHES_HELD = 256
ROWS_HELD = 16_384
BYTES_HELD = 32 << 20


def scan(batches, command, environment):
    """Yields the record batches that a scan answers to some; the command names the program as it was shipped."""
    batches = iter(batches)
    first = next(batches, None)
    if first is None:
        return
    process = subprocess.Popen(
        [program(command[0]), *command[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **environment}
    )
    failures = []
    feeder = threading.Thread(target=feed, args=(process.stdin, itertools.chain([first], batches), failures), daemon=True)
    feeder.start()
    try:
        with pa.ipc.open_stream(process.stdout) as answers:
            yield from joined(answers)
        feeder.join()
        if process.wait() != 0:
            raise RuntimeError(f"the scan ended with exit code {process.returncode}; its reason stands in the executor's standard error")
        if failures:
            raise failures[0]
    finally:
        process.kill()
        process.wait()


def joined(batches):
    """Fewer and larger batches: a scan answers one for each upload, and each costs Spark some milliseconds."""
    held, rows, size = [], 0, 0
    for batch in batches:
        held, rows, size = [*held, batch], rows + batch.num_rows, size + batch.nbytes
        if len(held) >= BATCHES_HELD or rows >= ROWS_HELD or size >= BYTES_HELD:
            yield from pa.Table.from_batches(held).combine_chunks().to_batches()
            held, rows, size = [], 0, 0
    if held:
        yield from pa.Table.from_batches(held).combine_chunks().to_batches()


def feed(stdin, batches, failures):
    """Writes batches as an Arrow stream; a scan that has ended is told by its exit code."""
    try:
        with stdin:
            stream = None
            for batch in batches:
                stream = stream or pa.ipc.new_stream(stdin, batch.schema)
                stream.write_batch(batch)
            stream.close()
    except BrokenPipeError:
        pass
    except Exception as error:  # raised where the rows are taken
        failures.append(error)


def program(name):
    """The binary as Spark shipped it, or a path as it is."""
    from pyspark import SparkFiles

    shipped = SparkFiles.get(name)
    if not os.path.exists(shipped):
        return name
    if not os.access(shipped, os.X_OK):
        os.chmod(shipped, 0o755)
    return shipped
