/** Await `promise`, but reject with the signal's reason as soon as the signal aborts. */
export async function withAbort<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  const listening = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), listening);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    listening.abort();
  }
}

export async function delay(milliseconds: number, signal: AbortSignal | null | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await withAbort(elapsed, signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Await `run` for at most `milliseconds`. Its signal aborts then, or with the caller's. */
export async function withTimeLimit<T>(
  milliseconds: number,
  signal: AbortSignal | null | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), milliseconds);
  const either = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
  try {
    return await withAbort(run(either), either);
  } finally {
    clearTimeout(timer);
  }
}
