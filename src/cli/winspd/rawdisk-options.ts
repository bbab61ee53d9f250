/** The options of WinSpd's rawdisk, which say what a DISK argument says too. */
import { statSync } from 'node:fs';
import { parseDisk, type DiskSpec } from '../disk-option.ts';
import { UsageError } from '../errors.ts';

/** The options as they were written. */
export interface RawdiskFlags {
  /** `-f`: the file. */
  readonly file?: string;
  /** `-c`: blocks. */
  readonly blockCount?: string;
  /** `-l`: bytes a block. */
  readonly blockLength?: string;
  /** `-i`: product. */
  readonly productId?: string;
  /** `-r`: revision. */
  readonly productRevision?: string;
  /** `-W`: write-protected, 0 or 1. */
  readonly writeProtected?: string;
  /** `-C`: cache, 0 or 1. */
  readonly cacheSupported?: string;
  /** `-U`: unmap, 0 or 1. */
  readonly unmapSupported?: string;
}

const DEFAULT_BLOCKS = '1048576';
const DEFAULT_BLOCK_LENGTH = '512';

/**
 * The disk that a DISK argument, or `-f FILE`, describes, with what the other options change.
 *
 * @throws UsageError - both or neither are there, or an option has a value that it cannot have.
 */
export function rawdiskSpec(disk: string | undefined, flags: RawdiskFlags): DiskSpec {
  const { file, blockCount, blockLength } = flags;
  if ((disk === undefined) === (file === undefined))
    throw new UsageError('one of DISK and -f FILE says what to serve');
  if (disk !== undefined && (blockCount !== undefined || blockLength !== undefined))
    throw new UsageError('-c and -l belong to -f; DISK has size= and block-length=');
  const base = disk === undefined ? fileSpec(file ?? '', blockCount, blockLength) : parseDisk(disk);
  const writeProtected = flag('-W', flags.writeProtected);
  const cache = flag('-C', flags.cacheSupported);
  const unmap = flag('-U', flags.unmapSupported);
  return {
    ...base,
    ...(flags.productId !== undefined && { product: flags.productId }),
    ...(flags.productRevision !== undefined && { revision: flags.productRevision }),
    ...(writeProtected !== undefined && { readOnly: writeProtected }),
    ...(cache !== undefined && { cache: cache ? 'write-back' : 'write-through' }),
    ...(unmap !== undefined && { thin: unmap }),
  };
}

/** A file that is there keeps its length: it is `-c` blocks long, or as long as it is without `-c`. */
function fileSpec(
  file: string,
  blocks: string | undefined,
  length = DEFAULT_BLOCK_LENGTH,
): DiskSpec {
  const present = lengthOf(file);
  const size = Number(blocks ?? DEFAULT_BLOCKS) * Number(length);
  if (!/^\d+$/.test(blocks ?? '0') || !/^\d+$/.test(length) || !Number.isSafeInteger(size))
    throw new UsageError(
      `-c '${blocks ?? ''}' and -l '${length}' are no number of blocks and their length`,
    );
  if (present > 0 && blocks !== undefined && present !== size)
    throw new UsageError(`-f '${file}' has ${present} bytes, and -c and -l say ${size}`);
  const path = file.replaceAll(/[\\,]/g, String.raw`\$&`);
  const wanted = present > 0 ? '' : `size=${size},`;
  return parseDisk(`file:${path},${wanted}block-length=${length}`);
}

/** Bytes of a file; 0 where there is none, or where only opening it will say why not. */
function lengthOf(file: string): number {
  try {
    return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return 0;
  }
}

function flag(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text !== '0' && text !== '1') throw new UsageError(`${name} '${text}' is not 0 or 1`);
  return text === '1';
}
