/** Writes a cpio archive in the "newc" format, which Linux unpacks as its first file system. */

/** A file of the archive. Folders above it are added by themselves. */
export interface ArchiveFile {
  /** Path without a leading slash. */
  readonly path: string;
  readonly data: Uint8Array;
  readonly executable?: boolean;
}

const FOLDER = 0o040755;
const FILE = 0o100644;
const PROGRAM = 0o100755;

/** The whole archive, in chunks: none of the files' bytes is copied. */
export function writeCpio(files: readonly ArchiveFile[]): readonly Uint8Array[] {
  const folders = new Set(files.flatMap(({ path }) => foldersAbove(path)));
  const entries = [
    ...[...folders].map((path) => ({ path, mode: FOLDER, data: new Uint8Array() })),
    ...files.map(({ path, data, executable }) => ({
      path,
      mode: executable === true ? PROGRAM : FILE,
      data,
    })),
    { path: 'TRAILER!!!', mode: 0, data: new Uint8Array() },
  ];
  return entries.flatMap(({ path, mode, data }, index) => [
    header(index + 1, mode, path, data.length),
    data,
    new Uint8Array(-data.length & 3),
  ]);
}

/** `a/b/c` lies in `a` and `a/b`. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** The fixed part, thirteen numbers of eight hexadecimal digits, then the name, to a multiple of four. */
function header(inode: number, mode: number, path: string, length: number): Uint8Array {
  // Inode, mode, owner, group, links, time, length, four of device numbers, name length, checksum.
  const numbers = [inode, mode, 0, 0, 1, 0, length, 0, 0, 0, 0, path.length + 1, 0];
  const fixed = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`;
  const bytes = new TextEncoder().encode(`${fixed}${path}\0`);
  const padded = new Uint8Array((bytes.length + 3) & ~3);
  padded.set(bytes);
  return padded;
}
