/**
 * Calls what is the user's. An error of theirs must not keep the client from what it does next: it is uncaught,
 * like that of an event listener.
 *
 * @param call - called at once
 */
export function isolate(call: () => void): void {
  try {
    call();
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
