/** Traffic on loopback, recorded by dumpcap and read by tshark's iSCSI and SCSI dissectors. */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ended, run, runWell, whereIs } from './programs.ts';

/** Megabytes that the kernel holds for dumpcap: enough for all of a test's traffic, so none is lost. */
const BUFFER_MB = 128;

/** True where this user may record on loopback. */
export async function canCapture(): Promise<boolean> {
  if (whereIs('dumpcap') === undefined) return false;
  return /^\d+\. lo\b/m.test((await run('dumpcap', ['-D'])).stdout);
}

/** Records what goes over `port` while `work` runs. @throws Error - when packets were lost */
export async function capture(
  port: number,
  file: string,
  work: () => Promise<void>,
): Promise<void> {
  const filter = `tcp port ${port}`;
  const args = ['-i', 'lo', '-f', filter, '-B', String(BUFFER_MB), '-s', '0', '-w', file];
  const dumpcap = spawn(whereIs('dumpcap') ?? 'dumpcap', args, {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const over = ended(dumpcap);
  try {
    await new Promise<void>((resolve, reject) => {
      over.then(() => reject(new Error(`dumpcap ended\n${said}`)), reject);
      dumpcap.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (/^File: /m.test(said)) resolve();
      });
    });
    await work();
    await settled(file);
  } finally {
    dumpcap.kill('SIGINT');
    await over;
  }
  const dropped = /received\/dropped on interface '[^']*': \d+\/(\d+)/.exec(said)?.[1];
  if (dropped !== '0') throw new Error(`packets were lost, so nothing can be told\n${said}`);
}

/** Waits until dumpcap has written all that the kernel held for it. */
async function settled(file: string): Promise<void> {
  for (let size = -1, quiet = 0; quiet < 5;) {
    const now = (await stat(file)).size;
    quiet = now === size ? quiet + 1 : 0;
    size = now;
    await delay(100);
  }
}

/** One field that the dissector found, in the order of the bytes. */
interface Field {
  readonly name: string;
  readonly show: string;
  /** Raw bytes in hexadecimal, where the field stands for bytes. */
  readonly value: string;
}

/** One protocol layer of a frame: an iSCSI PDU's header, its SCSI payload, a complaint… */
interface Layer {
  readonly name: string;
  readonly title: string;
  readonly pos: number;
  readonly size: number;
  readonly fields: readonly Field[];
}

interface Frame {
  readonly number: number;
  readonly layers: readonly Layer[];
}

/** Something in iSCSI or SCSI that tshark found fault with. */
export interface Complaint {
  readonly frame: number;
  /** tshark's words, with the layer in which it stumbled. */
  readonly what: string;
  /** The last PDU before the complaint, where there is one. */
  readonly pdu?: DataIn;
}

/** A Data-In PDU and the CDB that it answers. */
export interface DataIn {
  readonly cdb: Uint8Array;
  readonly bufferOffset: number;
  readonly data: Uint8Array;
}

/** The number of frames that a display filter selects. */
export async function count(file: string, port: number, filter: string): Promise<number> {
  const args = [...reading(file, port), '-Y', filter, '-T', 'fields', '-e', 'frame.number'];
  return (await runWell('tshark', args)).stdout.split('\n').filter((line) => line !== '').length;
}

/** All that is malformed, wrong or suspicious in iSCSI and SCSI; TCP's own remarks are left out. */
export async function complaints(file: string, port: number): Promise<readonly Complaint[]> {
  const frames = await dissect(file, port, '_ws.malformed || (iscsi && _ws.expert)');
  const found: Complaint[] = [];
  for (const frame of frames) {
    for (const [index, layer] of frame.layers.entries()) {
      const what = complaintOf(layer);
      if (what === undefined) continue;
      const pdu = frame.layers.slice(0, index + 1).findLast(({ name }) => name === 'iscsi');
      const dataIn = pdu === undefined ? undefined : await dataInOf(file, port, frame, pdu);
      found.push({
        frame: frame.number,
        what: `${what} (${pdu?.title ?? 'no iSCSI'})`,
        ...(dataIn === undefined ? {} : { pdu: dataIn }),
      });
    }
  }
  return found;
}

/** What tshark says against a layer: its malformed mark, or remarks from "warning" up. */
function complaintOf(layer: Layer): string | undefined {
  if (layer.name === '_ws.malformed') return layer.title;
  if (layer.name !== 'iscsi' && layer.name !== 'scsi') return undefined;
  const WARNING = 0x60_0000;
  const severe = layer.fields.some(
    ({ name, show }) => name === '_ws.expert.severity' && Number(show) >= WARNING,
  );
  const words = layer.fields.flatMap(({ name, show }, index) =>
    name === '_ws.expert.message' ? [`${partOf(layer, index, show)}${show}`] : [],
  );
  return severe ? words.join(', ') : undefined;
}

/** The part of a layer, such as one of several mode pages, that a remark stands in. */
function partOf(layer: Layer, index: number, remark: string): string {
  const title = layer.fields
    .slice(0, index)
    .findLast(({ name, show }) => name === '' && show !== remark);
  return title === undefined ? '' : `${title.show}: `;
}

async function dataInOf(
  file: string,
  port: number,
  frame: Frame,
  pdu: Layer,
): Promise<DataIn | undefined> {
  const DATA_IN = 0x25;
  if (numberOf(pdu, 'iscsi.opcode') !== DATA_IN) return undefined;
  const tag = numberOf(pdu, 'iscsi.initiatortasktag');
  const request = numberOf(pdu, 'iscsi.request_frame');
  const asked = (await dissect(file, port, `frame.number == ${request}`))
    .flatMap(({ number, layers }) => layers.map((layer) => ({ number, layers, layer })))
    .find(
      ({ layer }) =>
        layer.name === 'iscsi' &&
        numberOf(layer, 'iscsi.opcode') === 0x01 &&
        numberOf(layer, 'iscsi.initiatortasktag') === tag,
    );
  if (asked === undefined) return undefined;
  const header = bytesOf(asked, asked.layer, 48);
  return {
    cdb: header.subarray(32, 48),
    bufferOffset: numberOf(pdu, 'iscsi.bufferOffset'),
    data: bytesOf(frame, pdu, 48 + numberOf(pdu, 'iscsi.datasegmentlength')).subarray(48),
  };
}

function numberOf(layer: Layer, field: string): number {
  return Number(layer.fields.find(({ name }) => name === field)?.show ?? Number.NaN);
}

/**
 * The first bytes of a PDU. tshark gives only positions, which count either in the frame or in what
 * it put together from several; the place whose first eight bytes are the PDU's is the right one.
 */
function bytesOf(frame: Frame, pdu: Layer, length: number): Uint8Array {
  const fields = frame.layers.flatMap((layer) => layer.fields);
  const payload = fields.find(({ name }) => name === 'tcp.payload')?.value ?? '';
  const start = frame.layers.find(({ name }) => name === 'tcp')!;
  const joined = fields.filter(({ name }) => name === 'tcp.reassembled.data');
  const places = [
    { hex: payload, at: pdu.pos - start.pos - start.size },
    ...joined.map(({ value }) => ({ hex: value, at: pdu.pos })),
  ];
  const tag = numberOf(pdu, 'iscsi.initiatortasktag');
  for (const { hex, at } of places) {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex')).subarray(at, at + length);
    if (at < 0 || bytes.length < length) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if ((view.getUint8(0) & 0x3f) !== numberOf(pdu, 'iscsi.opcode')) continue;
    if (view.getUint32(16) === tag) return bytes;
  }
  throw new Error(`frame ${frame.number}: no bytes of ${pdu.title}`);
}

/** Reads frames as tshark's PDML, which keeps the order of a frame's layers and their positions. */
async function dissect(file: string, port: number, filter: string): Promise<readonly Frame[]> {
  const args = [...reading(file, port), '-Y', filter, '-T', 'pdml'];
  const { stdout } = await runWell('tshark', args);
  const frames: { number: number; layers: (Layer & { fields: Field[] })[] }[] = [];
  for (const line of stdout.split('\n')) {
    const tag = /^\s*<(packet|proto|field)\b(.*)>/.exec(line);
    if (tag === null) continue;
    const [, kind, rest] = tag;
    const of = attributesOf(rest!);
    const frame = frames.at(-1);
    if (kind === 'packet') {
      frames.push({ number: Number.NaN, layers: [] });
    } else if (kind === 'proto' && frame !== undefined) {
      const [pos, size] = [Number(of('pos')), Number(of('size'))];
      frame.layers.push({ name: of('name'), title: of('showname'), pos, size, fields: [] });
    } else if (frame !== undefined) {
      const field = { name: of('name'), show: of('show'), value: of('value') };
      frame.layers.at(-1)?.fields.push(field);
      if (field.name === 'frame.number') frame.number = Number(field.show);
    }
  }
  return frames;
}

/** Looks up XML attributes by name; absent ones are empty. */
function attributesOf(text: string): (name: string) => string {
  const pairs = [...text.matchAll(/(\w+)="([^"]*)"/g)];
  return (name) => pairs.find((pair) => pair[1] === name)?.[2] ?? '';
}

function reading(file: string, port: number): readonly string[] {
  // Two passes (-2): only then a segment knows the frame that its PDU was put together in.
  return ['-2', '-n', '-r', file, '-d', `tcp.port==${port},iscsi`];
}
