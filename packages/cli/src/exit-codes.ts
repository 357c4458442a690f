/** What a script can tell from how a command ended. */
export const EXIT = {
  /** Done. Ctrl-C is how `serve` and an endless `subscribe` are done. */
  ok: 0,
  /** The broker refused, or something could not be read or written. */
  failed: 1,
  /** An unknown command or option, or a malformed value. */
  usage: 2,
  /** No broker answers at the URL. */
  unreachable: 3,
  /** Ctrl-C or SIGTERM came before the command was done. */
  interrupted: 130,
} as const;

/** The exit codes as every `--help` shows them. */
export const EXIT_CODES_HELP = `
Exit codes:
  0    done; Ctrl-C is how "serve" and an endless "subscribe" are done
  1    failed: the broker refused, or something could not be read or written
  2    wrong usage: an unknown command or option, or a malformed value
  3    no broker answers at the URL
  130  interrupted before it was done`;
