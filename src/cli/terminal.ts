/** What a command of the CLI is given by whoever runs it: the process, or a test. */

/** A stream to write text to. */
export interface TextOutput {
  write(text: string): unknown;
  /** A person is watching. */
  readonly isTTY?: boolean;
  /** Columns of the terminal, where known. */
  readonly columns?: number;
}

/** The surroundings of a command. */
export interface Terminal {
  /** Results. */
  readonly stdout: TextOutput;
  /** Warnings and errors. */
  readonly stderr: TextOutput;
  /** Read by `decode -`. */
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /**
   * From this call on, SIGINT, SIGTERM and SIGHUP abort the signal returned, with their name as the
   * reason, instead of ending the process. Called at most once.
   */
  catchSignals(): AbortSignal;
  /** From this call on, SIGHUP calls the listener and does nothing else. */
  onHangup(listener: () => void): void;
}

/** Writes one line. */
export function writeLine(output: TextOutput, line: string): void {
  output.write(`${line}\n`);
}
