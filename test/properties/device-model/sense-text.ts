/** Sense data as one line, that of the disk and that of the model. */
import type { Expected } from './exchange.ts';

/** Sense data as SPC lays it out: codes, INFORMATION, ILI, and whether there is enough progress. */
export function senseText(sense: Uint8Array, leastProgress: number): string {
  const view = new DataView(sense.buffer, sense.byteOffset, sense.length);
  const format = sense[0]! & 0x7f;
  const [key, asc, ascq] = format === 0x72 ? [1, 2, 3] : [2, 12, 13];
  const codes = [sense[key]! & 0x0f, sense[asc]!, sense[ascq]!];
  let information: bigint | undefined;
  let incorrectLength = false;
  let progress: number | undefined;
  const specific = (at: number): void => {
    if (codes[0] === 2 && sense[at]! >> 7 === 1) progress = view.getUint16(at + 1);
  };
  if (format === 0x72)
    for (let at = 8; at < sense.length; at += 2 + sense[at + 1]!) {
      if (sense[at] === 0x00) information = view.getBigUint64(at + 4);
      if (sense[at] === 0x02) specific(at + 4);
      if (sense[at] === 0x05) incorrectLength = (sense[at + 3]! & 0x20) !== 0;
    }
  else {
    if (sense[0]! >> 7 === 1) information = BigInt(view.getUint32(3));
    incorrectLength = (sense[2]! & 0x20) !== 0;
    specific(15);
  }
  return textOf(
    format,
    codes.map((code, i) => code.toString(16).padStart(i === 0 ? 1 : 2, '0')).join('/'),
    {
      information,
      incorrectLength,
      progress: progress !== undefined && progress >= leastProgress,
    },
  );
}

/** The same of sense data that is expected. */
export function expectedSense(expected: Expected): string | undefined {
  const { sense, information, descriptor, incorrectLength = false, progress } = expected;
  if (sense === undefined) return undefined;
  return textOf(descriptor ? 0x72 : 0x70, sense, {
    information:
      information === undefined
        ? undefined
        : BigInt.asUintN(descriptor ? 64 : 32, BigInt(information)),
    incorrectLength,
    progress: progress !== undefined,
  });
}

function textOf(
  format: number,
  codes: string,
  {
    information,
    incorrectLength,
    progress,
  }: {
    readonly information: bigint | undefined;
    readonly incorrectLength: boolean;
    readonly progress: boolean;
  },
): string {
  return [
    format.toString(16),
    codes,
    information === undefined ? '' : `INFORMATION ${information}`,
    incorrectLength ? 'ILI' : '',
    progress ? 'progress' : '',
  ].join(' ');
}
