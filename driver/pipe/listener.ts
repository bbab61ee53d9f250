/** What carries messages between a pipe server and its clients, one client at a time. */

/** The client that is connected, as the server sees it. */
export interface PipeConnection {
  /** Sends one message; `sent` is called once, when its bytes have left or never will. */
  send(chunks: readonly Uint8Array[], sent: () => void): void;
  /** Brings no more messages, as soon as it can. */
  pause(): void;
  /** Brings messages again. */
  resume(): void;
  /** Lets go of the client when what was sent has left, or some seconds later. */
  end(): Promise<void>;
}

/** What the server wants to know of a client. */
export interface PipeEvents {
  /** A message came. Its bytes are not touched any more. */
  message(message: Uint8Array): void;
  /** The client is gone. */
  closed(): void;
}

/** What a listener has to know of the unit: how long its messages are. */
export interface MessageLimits {
  /** Bytes a block. */
  readonly blockLength: number;
  /** Most bytes of data in one message. */
  readonly maxTransferLength: number;
}

/** Waits for clients, and has one at a time; others wait until it is gone. */
export interface PipeListener {
  /** Where clients find it. */
  readonly path: string;
  /**
   * Takes clients from now on.
   *
   * @param greet - is called with every client when it is its turn.
   * @throws Error - the name is taken, or cannot be had.
   */
  listen(greet: (connection: PipeConnection) => PipeEvents): Promise<void>;
  /** Takes no more clients; the one that is connected stays. */
  close(): Promise<void>;
}
