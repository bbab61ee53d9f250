import type { Terminal } from '../../src/cli/terminal.ts';

/** A terminal that keeps what is written to it. */
export interface TestTerminal extends Terminal {
  /** Everything on standard output. */
  readonly out: () => string;
  /** Everything on standard error. */
  readonly err: () => string;
  /** Sends SIGHUP. */
  readonly hangUp: () => void;
  /** Sends a signal. */
  readonly kill: (signal: string) => void;
  /** Resolves with the match as soon as standard output has one. */
  readonly waitFor: (pattern: RegExp) => Promise<RegExpExecArray>;
}

export function testTerminal(input = ''): TestTerminal {
  let out = '';
  let err = '';
  const waiting = new Set<() => void>();
  const shutdown = new AbortController();
  const hangup: (() => void)[] = [];
  return {
    stdout: {
      write(text) {
        out += text;
        for (const look of waiting) look();
      },
    },
    stderr: { write: (text) => (err += text) },
    stdin: (async function* () {
      // In two pieces, as a pipe might cut it.
      yield input.slice(0, 3);
      yield new TextEncoder().encode(input.slice(3));
    })(),
    catchSignals: () => shutdown.signal,
    onHangup: (listener) => void hangup.push(listener),
    hangUp: () => {
      for (const listener of hangup) listener();
    },
    out: () => out,
    err: () => err,
    kill: (signal) => shutdown.abort(signal),
    waitFor: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          const match = pattern.exec(out);
          if (match === null) return;
          waiting.delete(look);
          resolve(match);
        };
        waiting.add(look);
        look();
      }),
  };
}
