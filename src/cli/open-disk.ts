/** Makes the disk that a {@link DiskSpec} describes. */
import { FileBackendError, openFileBackend, openUnitStateFile } from '../backend/file/index.ts';
import type { UnitStateFile } from '../backend/file/index.ts';
import { memoryBackend } from '../backend/memory.ts';
import type { Backend } from '../backend/backend.ts';
import { createDisk } from '../create-disk.ts';
import type { SettableAccessState } from '../scsi/asymmetric-access.ts';
import type { LogicalUnit } from '../scsi/logical-unit.ts';
import type { DiskSpec } from './disk-option.ts';
import { CommandError } from './errors.ts';
import { exactSize } from './size.ts';

/** A disk ready to be served. */
export interface OpenDisk {
  readonly spec: DiskSpec;
  readonly backend: Backend;
  readonly unit: LogicalUnit;
}

/** Where a disk is served. */
export interface DiskSurroundings {
  /**
   * What a memory disk is known by: its serial number and NAA name follow from it, so that initiators
   * find the same disk after a restart.
   */
  readonly identity: string;
  /** How it is reached through portal groups to begin with, unless all are alike to it. */
  readonly accessStates: Readonly<Record<number, SettableAccessState>>;
  /** Is told of what the backend throws later. */
  readonly onError: (error: unknown) => void;
}

/**
 * Opens a disk.
 *
 * @throws CommandError - it cannot be opened; the message names the disk and the reason.
 */
export async function openDisk(
  spec: DiskSpec,
  { identity, accessStates, onError }: DiskSurroundings,
): Promise<OpenDisk> {
  let backend: Backend | undefined;
  let store: UnitStateFile | undefined;
  try {
    backend = await openBackend(spec, identity);
    if (spec.thin === true && backend.unmap === undefined)
      throw new Error('thin=yes needs a backend that can free blocks, and this one cannot');
    const {
      kind: _kind,
      path: _path,
      size: _size,
      space: _space,
      blockLength: _length,
      state,
      ...options
    } = spec;
    if (state !== undefined) store = await openUnitStateFile(state);
    const kept = store && { store };
    return {
      spec,
      backend,
      unit: createDisk({
        backend,
        onError,
        timeOfDay: Date.now,
        ...(spec.alua !== 'none' && { accessStates }),
        ...kept,
        ...options,
      }),
    };
  } catch (error) {
    store?.close();
    await backend?.close?.();
    throw new CommandError(`disk '${diskName(spec)}': ${problemOf(error, spec)}`, { cause: error });
  }
}

/** How messages call the disk: its DISK argument without the options. */
export function diskName({ kind, path, size = 0 }: DiskSpec): string {
  return `${kind}:${path ?? exactSize(size)}`;
}

async function openBackend(spec: DiskSpec, identity: string): Promise<Backend> {
  const { kind, path = '', size = 0, space, blockLength, readOnly, protectionType } = spec;
  const length = blockLength === undefined ? {} : { blockLength };
  const limit = space === undefined ? {} : { maxAllocatedBytes: space };
  if (kind === 'memory') return memoryBackend({ size, ...length, ...limit, id: identity });
  return openFileBackend(path, {
    ...length,
    ...(spec.size !== undefined && { size }),
    ...(readOnly !== undefined && { readOnly }),
    protection: protectionType !== undefined,
  });
}

/** What went wrong, and which option mends it. */
function problemOf(error: unknown, { path, size }: DiskSpec): string {
  if (!(error instanceof FileBackendError)) return messageOf(error);
  if (error.path !== path) return `state=${error.message}`;
  const problem = error.message.replace(`${path ?? ''}: `, '');
  if (problem === 'does not exist' && size === undefined)
    return `${problem}; with size=SIZE it would be made`;
  if (error.code === 'FILE_PROTECTION')
    return `${problem}; with protection-type=TYPE it can be served`;
  if (error.code === 'FILE_READ_ONLY') return `${problem}; with read-only it can be served`;
  return problem;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
