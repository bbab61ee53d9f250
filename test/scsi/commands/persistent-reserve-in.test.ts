import { describe, expect, it } from 'vitest';
import { good, hex, refusal } from '../disk-under-test.ts';
import { reservationBench } from '../reservation-bench.ts';

const PORT = 'iqn.2026-11.a:b,i,0x00023d000001';
const ascii = (text: string, length: number): string =>
  Buffer.from(text.padEnd(length, '\0'), 'ascii').toString('hex');

describe('PERSISTENT RESERVE IN', () => {
  it('READ KEYS cut to 8 bytes still says how long it is', () => {
    const { send, out, nexus } = reservationBench();
    out(nexus, 'register', { newKey: 0xa });
    expect(send('5e 00 0000000000 0008 00')).toEqual(good('00000001 00000008'));
    expect(send('5e 00 0000000000 0000 00')).toEqual(good());
    expect(send('5e 00 0000000000 0100 00')).toEqual(good('00000001 00000008 000000000000000a'));
  });

  it('READ RESERVATION has key 0 where all registrants hold it', () => {
    const { send, out, nexus } = reservationBench();
    out(nexus, 'register', { newKey: 0xa });
    expect(send('5e 01 0000000000 0100 00')).toEqual(good('00000001 00000000'));
    out(nexus, 'reserve', { key: 0xa, type: 8 });
    expect(send('5e 01 0000000000 0100 00')).toEqual(
      good('00000001 00000010 0000000000000000 00000000 00 08 0000'),
    );
  });

  it('REPORT CAPABILITIES: CRH, SIP_C, ATP_C and all six types; PTPL_C only with a store', async () => {
    // LENGTH 8; CRH SIP_C ATP_C; TMV, ALLOW COMMANDS 011b; WR_EX_AR EX_AC_RO WR_EX_RO EX_AC WR_EX; EX_AC_AR
    expect(reservationBench().send('5e 02 0000000000 0100 00')).toEqual(
      good('0008 1c b0 ea 01 0000'),
    );
    const store = { load: () => undefined, save: () => undefined };
    const { send, out, nexus, sendAsync } = reservationBench({ store });
    expect(await sendAsync('5e 02 0000000000 0100 00')).toEqual(good('0008 1d b0 ea 01 0000'));
    out(nexus, 'register', { newKey: 1, flags: 1 });
    expect(send('5e 02 0000000000 0100 00')).toEqual(good('0008 1d b1 ea 01 0000')); // PTPL_A
  });

  it('READ FULL STATUS names the port and the initiator of each registration', () => {
    const port = { protocol: 5, name: 'iqn.2026-11.a:t,t,0x0001', relativePortId: 0x102 };
    const { send, out, initiator, nexus } = reservationBench({ port });
    const b = initiator(PORT);
    out(b, 'register', { newKey: 0xb });
    out(nexus, 'register', { newKey: 0xa });
    out(b, 'reserve', { key: 0xb, type: 1 });
    expect(send('5e 03 0000000000 0100 00')).toEqual(
      good(
        hex(
          [
            '00000002 00000070', // PRGENERATION, ADDITIONAL LENGTH: 24 + 40 and 24 + 24
            '000000000000000b 00000000 01 01 00000000 0102 00000028', // R_HOLDER, TYPE 1, port 102h
            `45 00 0024 ${ascii(PORT, 36)}`, // FORMAT 01b, iSCSI
            '000000000000000a 00000000 00 00 00000000 0102 00000018',
            `05 00 0014 ${ascii('first', 20)}`, // a name without ISID: FORMAT 00b
          ].join(''),
        ),
      ),
    );
  });

  it('has service actions 0 to 3', () => {
    const { send } = reservationBench();
    for (let action = 4; action < 0x20; action++)
      expect(send(`5e ${action.toString(16).padStart(2, '0')} 0000000000 0100 00`)).toEqual(
        refusal('5/24/00', { cdb: [1, 4] }),
      );
  });
});
