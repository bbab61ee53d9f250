import {
  encodeRodTokenList,
  REPORT_ALL_ROD_TOKENS_16,
  type ReportAllRodTokens,
} from '../../cdb/report-all-rod-tokens.ts';
import type { Command } from '../command.ts';
import { good } from '../result.ts';

/** REPORT ALL ROD TOKENS (SPC): the tokens that stand for blocks of this unit and can be used now. */
export const reportAllRodTokens: Command<ReportAllRodTokens> = {
  specs: [REPORT_ALL_ROD_TOKENS_16],
  reservation: 'reads',
  run(_, { unit }) {
    const tokens = unit.rodTokens?.list() ?? [];
    const own = tokens.filter((token) => token.unit === unit);
    return good(encodeRodTokenList(own.map(({ bytes }) => bytes)));
  },
};
