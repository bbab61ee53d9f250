import {
  BUFFER_MODE,
  encodeBufferDescriptor,
  encodeEchoBufferDescriptor,
  READ_BUFFER_10,
  READ_BUFFER_16,
  WRITE_BUFFER_10,
  type ReadBuffer,
  type WriteBuffer,
} from '../../cdb/buffer.ts';
import { andThen, type MaybePromise } from '../../maybe-promise.ts';
import { PARAMETER_LIST_LENGTH_ERROR } from '../../sense/codes.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import { isDownload } from '../microcode.ts';
import { check, good, GOOD, type Result } from '../result.ts';
import { DATA_BUFFER_CAPACITY, ECHO_BUFFER_CAPACITY } from '../unit-buffers.ts';

/** READ BUFFER (SPC): the data buffer, the echo buffer, how long they are, and the error history. */
export const readBuffer: Command<ReadBuffer> = {
  specs: [READ_BUFFER_10, READ_BUFFER_16],
  reservation: 'reads',
  passesAccessState: ({ mode }) => (isEcho(mode) ? 'always' : undefined),
  run(request, context) {
    const { mode, bufferId, bufferOffset, allocationLength } = request;
    const { buffers } = context.unit;
    if (request.modeSpecific !== 0) return invalidField(context, 'modeSpecific');
    switch (mode) {
      case BUFFER_MODE.DATA:
        if (bufferId !== 0) return invalidField(context, 'bufferId');
        if (bufferOffset > DATA_BUFFER_CAPACITY) return invalidField(context, 'bufferOffset');
        return good(buffers.readData(bufferOffset, allocationLength));
      case BUFFER_MODE.DESCRIPTOR:
        if (bufferOffset !== 0) return invalidField(context, 'bufferOffset');
        // A buffer that is not there has a descriptor of zeros.
        return good(
          encodeBufferDescriptor({
            offsetBoundary: 0,
            capacity: bufferId === 0 ? DATA_BUFFER_CAPACITY : 0,
          }),
        );
      case BUFFER_MODE.ECHO:
        return buffers.readEcho(context.nexus);
      case BUFFER_MODE.ECHO_DESCRIPTOR:
        return good(
          encodeEchoBufferDescriptor({
            overwrittenSupported: true,
            capacity: ECHO_BUFFER_CAPACITY,
          }),
        );
      case BUFFER_MODE.ERROR_HISTORY:
        return context.unit.errorHistory.read(request, context);
      default:
        return invalidField(context, 'mode');
    }
  },
};

/** WRITE BUFFER (SPC): the data buffer, the echo buffer, the error history, and microcode where the unit takes it. */
export const writeBuffer: Command<WriteBuffer> = {
  specs: [WRITE_BUFFER_10],
  reservation: 'writes',
  passesAccessState({ mode }) {
    if (isEcho(mode)) return 'always';
    // Microcode is what may mend an unavailable unit.
    return isDownload(mode) || mode === BUFFER_MODE.ACTIVATE_DEFERRED ? 'unavailable' : undefined;
  },
  run(request, context) {
    const { mode, bufferId, bufferOffset, parameterListLength: length } = request;
    const { buffers, errorHistory, microcode } = context.unit;
    if (mode === BUFFER_MODE.DOWNLOAD_SELECT_DEFER && microcode.supported) {
      if (!microcode.canWaitFor(request.modeSpecific)) return invalidField(context, 'modeSpecific');
    } else if (request.modeSpecific !== 0) return invalidField(context, 'modeSpecific');
    if (mode === BUFFER_MODE.DATA) {
      if (bufferId !== 0) return invalidField(context, 'bufferId');
      if (bufferOffset > DATA_BUFFER_CAPACITY) return invalidField(context, 'bufferOffset');
      if (length > DATA_BUFFER_CAPACITY - bufferOffset)
        return invalidField(context, 'parameterListLength');
      return receive(length, context, (bytes) => {
        buffers.writeData(bufferOffset, bytes);
        return GOOD;
      });
    }
    if (mode === BUFFER_MODE.ECHO) {
      if (length > ECHO_BUFFER_CAPACITY) return invalidField(context, 'parameterListLength');
      return receive(length, context, (bytes) => {
        // The transport's buffer is not ours to keep.
        buffers.writeEcho(context.nexus, bytes.slice());
        return GOOD;
      });
    }
    if (mode === BUFFER_MODE.ERROR_HISTORY) {
      if (!errorHistory.takes(length)) return invalidField(context, 'parameterListLength');
      return receive(length, context, (bytes) => errorHistory.write(bytes));
    }
    if (!microcode.supported) return invalidField(context, 'mode');
    if (isDownload(mode)) {
      context.unit.selfTests.abort();
      return receive(length, context, (bytes) => microcode.download(request, bytes, context.nexus));
    }
    if (mode !== BUFFER_MODE.ACTIVATE_DEFERRED) return invalidField(context, 'mode');
    return length === 0
      ? microcode.activate(context.nexus)
      : invalidField(context, 'parameterListLength');
  },
};

const isEcho = (mode: number): boolean =>
  mode === BUFFER_MODE.ECHO || mode === BUFFER_MODE.ECHO_DESCRIPTOR;

function receive(
  length: number,
  context: Context<WriteBuffer>,
  act: (bytes: Uint8Array) => MaybePromise<Result>,
): MaybePromise<Result> {
  return andThen(context.dataOut(length), (bytes) =>
    bytes.length < length ? check(PARAMETER_LIST_LENGTH_ERROR) : act(bytes),
  );
}
