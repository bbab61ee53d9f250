/** Reads sockets into memory that is used again. */
import { Socket } from 'node:net';
import type { OnReadOpts, SocketConstructorOpts } from 'node:net';

/** Who takes the bytes of a stream. */
export interface StreamReader {
  /** Where the next bytes are to be put; asked for after every read. */
  place(): Uint8Array;
  /** Bytes were put into the place. */
  read(place: Uint8Array, count: number): void;
  /** Bytes came in memory of their own. */
  take(chunk: Uint8Array): void;
}

/** The handle of a Node socket. */
interface Handle {
  readonly useUserBuffer?: unknown;
}

/**
 * Lets `reader` have what a socket receives that was accepted with `pauseOnConnect`.
 *
 * Node gives `onread`, the buffers of one's own, to sockets that connect, not to those that a server
 * accepts; so a new socket takes over the handle of the accepted one. That is no documented option, but
 * makes writes of 256 KiB three times as fast. Where there is no such handle, 'data' it is.
 *
 * @returns the socket to go on with.
 */
export function readInto(accepted: Socket, reader: StreamReader): Socket {
  const owner = accepted as Socket & { _handle?: Handle | null };
  const handle = owner._handle;
  if (typeof handle?.useUserBuffer !== 'function') {
    // Views of a Buffer are Buffers, which are slower to make and whose slice() does not copy.
    accepted.on('data', ({ buffer, byteOffset, length }: Buffer) =>
      reader.take(new Uint8Array(buffer, byteOffset, length)),
    );
    accepted.resume();
    return accepted;
  }
  // Without its handle it is a shell, and its server counts it no longer.
  owner._handle = null;
  accepted.destroy();
  const options: SocketConstructorOpts & { handle: Handle; onread: OnReadOpts } = {
    handle,
    onread: onReadOf(reader),
  };
  return new Socket(options);
}

/** Lets `reader` have what a socket receives that connects with this as its `onread`. */
export function onReadOf(reader: Omit<StreamReader, 'take'>): OnReadOpts {
  return {
    buffer: () => reader.place(),
    callback(count, place) {
      reader.read(place, count);
      return true;
    },
  };
}
