/** What is said to WinSpd's launcher, and what it answers: a letter, then texts, in UTF-16LE. */
import { getU16, putU16 } from '../protocol/little-endian.ts';
import { LauncherError } from './launcher-error.ts';

/** What the launcher shall do. */
export type LauncherCommand =
  | {
      /** Start an instance. */
      readonly kind: 'start';
      /** A class that is registered. */
      readonly className: string;
      /** What the instance is to be called: its file, where Explorer starts it. */
      readonly instanceName: string;
      /** `%1` to `%9` of the class's command line. */
      readonly args: readonly string[];
    }
  | {
      /** Stop an instance, forced also where a volume of its disk is in use; or tell of it. */
      readonly kind: 'stop' | 'stop forced' | 'info';
      /** The class; `.pid.` where `instanceName` is the number of a process. */
      readonly className: string;
      /** The instance. */
      readonly instanceName: string;
    }
  | {
      /** Tell which instances there are. */
      readonly kind: 'list';
    };

/** What the launcher answers. */
export interface LauncherReply {
  /** Win32 error; 0: none. */
  readonly error: number;
  /** What it was asked for. */
  readonly texts: readonly string[];
}

/** Most bytes of a message, either way. */
export const LAUNCHER_MESSAGE_LENGTH = 4096;

/** Most arguments of an instance. */
export const MOST_LAUNCHER_ARGUMENTS = 9;

const LETTERS: Readonly<Record<LauncherCommand['kind'], string>> = {
  start: 'S',
  stop: 'T',
  'stop forced': 'F',
  info: 'I',
  list: 'L',
};
const SUCCESS = '$';
const FAILURE = '!';

/**
 * Encodes a command.
 *
 * @throws RangeError - a text has a NUL, there are more than nine arguments, or all is longer than a
 * message can be.
 */
export function encodeLauncherCommand(command: LauncherCommand): Uint8Array {
  const texts =
    command.kind === 'list'
      ? []
      : [
          command.className,
          command.instanceName,
          ...(command.kind === 'start' ? command.args : []),
        ];
  if (texts.length > 2 + MOST_LAUNCHER_ARGUMENTS)
    throw new RangeError(`args: ${texts.length - 2} are more than ${MOST_LAUNCHER_ARGUMENTS}`);
  if (texts.some((text) => text.includes('\0'))) throw new RangeError('a text has a NUL');
  const all = LETTERS[command.kind] + texts.map((text) => `${text}\0`).join('');
  if (2 * all.length > LAUNCHER_MESSAGE_LENGTH)
    throw new RangeError(`${2 * all.length} bytes are more than ${LAUNCHER_MESSAGE_LENGTH}`);
  const bytes = new Uint8Array(2 * all.length);
  for (let i = 0; i < all.length; i++) putU16(bytes, 2 * i, all.charCodeAt(i));
  return bytes;
}

/**
 * Decodes a reply. A text without its NUL did not fit, and is left out.
 *
 * @throws LauncherError - LAUNCHER_PROTOCOL.
 */
export function decodeLauncherReply(bytes: Uint8Array): LauncherReply {
  const characters = Array.from({ length: bytes.length >> 1 }, (_, i) => getU16(bytes, 2 * i));
  const text = characters.map((code) => String.fromCharCode(code)).join('');
  const texts = text.slice(1).split('\0').slice(0, -1);
  if (text.startsWith(SUCCESS)) return { error: 0, texts };
  const error = /^\d+$/.exec(texts[0] ?? '')?.[0];
  if (text.startsWith(FAILURE) && error !== undefined && Number(error) !== 0)
    return { error: Number(error), texts: [] };
  throw new LauncherError('LAUNCHER_PROTOCOL', `the launcher answered ${bytes.length} odd bytes`);
}
