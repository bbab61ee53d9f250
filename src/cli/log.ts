/** The log of a serving process: lines on standard error, for people or for programs. */
import type { IscsiLogEvent } from '../transport/iscsi/index.ts';
import { CLEAR_TO_END } from './status-line.ts';
import { writeLine, type TextOutput } from './terminal.ts';

/** How a line looks: a sentence, or a JSON object. */
export type LogFormat = 'text' | 'json';

/** What matters less than the level is left out. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;

/** A level of the log. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How to log. */
export interface LogOptions {
  /** Default text. */
  readonly format?: LogFormat | undefined;
  /** Default warn. */
  readonly level?: LogLevel | undefined;
}

/** Takes what is to be logged. */
export type Log = (entry: IscsiLogEvent) => void;

/**
 * Makes a log. A JSON line has `time` (ISO 8601), `level`, `message`, and where they are known
 * `remote` (address and port), `initiator` (iSCSI name) and `detail`.
 */
export function createLog(
  stderr: TextOutput,
  { format = 'text', level = 'warn' }: LogOptions,
  now: () => Date = () => new Date(),
): Log {
  const most = LOG_LEVELS.indexOf(level);
  // A terminal may show the status line where the message goes.
  const clear = stderr.isTTY === true ? `\r${CLEAR_TO_END}` : '';
  return (entry) => {
    if (LOG_LEVELS.indexOf(entry.level) > most) return;
    writeLine(
      stderr,
      clear +
        (format === 'json'
          ? JSON.stringify({ time: now().toISOString(), ...entry })
          : `scsi-target: ${textOf(entry)}`),
    );
  };
}

function textOf({ level, message, remote, initiator, detail }: IscsiLogEvent): string {
  const who = [remote, initiator].filter((name) => name !== undefined).join(', ');
  const text = `${level}: ${message}${detail ? ` (${detail})` : ''}${who ? `, ${who}` : ''}`;
  return text.replaceAll(/\p{Cc}/gu, '?'); // Names come from strangers; a terminal obeys.
}
