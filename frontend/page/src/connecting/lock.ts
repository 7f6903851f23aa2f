/** Hold a lock that all tabs share while `work` runs. Without locks, as in an insecure context, it just runs. */
export async function holdLock<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const locks = navigator.locks as LockManager | undefined;
  await Promise.resolve(); // an effect that StrictMode cleans up at once starts nothing
  if (!locks || signal.aborted) return work();
  return (await locks.request(name, { signal }, work)) as T;
}
