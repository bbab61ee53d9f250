/** Two disks of one target, filled so that every block tells where it comes from. */
import { memoryBackend } from '../../src/backend/memory.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { encodeCopyList, type CopyList, type CscdDescriptor } from '../../src/cdb/index.ts';
import { createDisk } from '../../src/create-disk.ts';
import type { LogicalUnit } from '../../src/scsi/logical-unit.ts';
import type { LogicalUnitOptions } from '../../src/scsi/unit-options.ts';
import { be, bench, contents, type Bench, type BenchOptions } from './disk-under-test.ts';

/** A bench whose target has a second disk at LUN 1. */
export interface CopyBench extends Bench {
  readonly other: LogicalUnit;
  /** The bytes of one block of the first or the second disk. */
  readonly block: (disk: 0 | 1, lba: number) => number[];
  /** CSCD descriptor of the first or the second disk. */
  readonly cscd: (disk: 0 | 1) => Partial<CscdDescriptor>;
}

/** A memory disk in which block `n` is full of the byte `seed + n`. */
export function numbered(blocks: number, seed: number, blockLength = 512): Backend {
  const backend = memoryBackend({ blocks, blockLength, id: `disk ${seed}` });
  for (let lba = 0; lba < blocks; lba++)
    backend.write(lba, new Uint8Array(blockLength).fill(seed + lba));
  return backend;
}

/** Makes the two: 64 blocks each, filled from 0 and from 128 on. */
export function copyBench(
  first: BenchOptions = {},
  second: Partial<LogicalUnitOptions> = {},
): CopyBench {
  const backends = [first.backend ?? numbered(64, 0), second.backend ?? numbered(64, 128)] as const;
  const made = bench({ ...first, backend: backends[0] });
  const other = createDisk({ ...second, backend: backends[1] });
  made.target.luns.add(1, other);
  for (const unit of [made.unit, other]) {
    const attentions = unit.attentions(made.nexus);
    while (attentions.pending) attentions.take();
  }
  return {
    ...made,
    other,
    block: (disk, lba) => {
      const { blockLength } = backends[disk];
      return [...contents(backends[disk]).subarray(lba * blockLength, (lba + 1) * blockLength)];
    },
    cscd: (disk) => {
      const unit = disk === 0 ? made.unit : other;
      return {
        codeSet: 1,
        designatorType: 3,
        designator: Uint8Array.from({ length: 8 }, (_, i) =>
          Number((unit.identity.naa >> BigInt(56 - 8 * i)) & 0xffn),
        ),
        blockLength: unit.medium.blockLength,
      };
    },
  };
}

/** CDB of EXTENDED COPY. */
export const extendedCopyCdb = (length: number, form: 'LID1' | 'LID4' = 'LID1'): string =>
  `83 ${form === 'LID1' ? '00' : '01'} 0000000000000000 ${be(length, 4)} 00 00`;

/** CDB and data-out of an EXTENDED COPY. */
export function extendedCopy(
  list: Partial<CopyList>,
  form: 'LID1' | 'LID4' = 'LID1',
): readonly [cdb: string, how: { readonly out: Uint8Array }] {
  const out = encodeCopyList(form, list);
  return [extendedCopyCdb(out.length, form), { out }];
}
