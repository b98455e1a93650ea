import { RecourseError } from "@recourse/protocol";
import { type AcceptedBlockTrade, type NamedBlock, SequencerClient, verifyAcknowledgement } from "@recourse/sdk";
import { Command } from "commander";
import { z } from "zod";
import { jsonOption } from "../options.ts";
import { Output } from "../output.ts";
import { readJson } from "./quotes.ts";
import { type AccountOptions, type SequencerOptions, sequencerOption, traderClient, withAccount } from "./trader.ts";

const whole = z.number().int().min(0);
const blockSchema = z.strictObject({
  account: whole,
  signer: whole.optional(),
  deadline: whole,
  nonce: whole,
  makerAccount: whole,
  makerSigner: whole.optional(),
  makerNonce: whole,
  legs: z
    .array(
      z.strictObject({ instrument: z.string(), side: z.enum(["buy", "sell"]), price: z.string(), size: z.string() }),
    )
    .min(1)
    .max(8),
});

const readBlock = (file: string) => readJson(file, blockSchema, "a block trade") as NamedBlock;

/** `recourse orders block …`: a trade of several legs that two accounts have agreed on. */
export function blockCommand(): Command {
  return new Command("block")
    .description("sign a block trade that two accounts have agreed on, and submit what both have signed")
    .addCommand(signCommand())
    .addCommand(submitCommand());
}

interface SignOptions extends AccountOptions {
  readonly file: string;
}

/** Both parties sign the same file, each for itself; nothing is sent. */
function signCommand(): Command {
  return withAccount(new Command("sign").description("sign a block trade for one of its parties"))
    .requiredOption("--file <file>", "the block trade as JSON, the same for both parties")
    .action(async (options: SignOptions) => {
      const block = readBlock(options.file);
      const { account, json = false } = options;
      if (account !== block.account && account !== block.makerAccount) {
        const expected = `the taker's account ${block.account} or the maker's ${block.makerAccount}`;
        throw new RecourseError("InvalidCommand", "The account is no party of the block trade.", [
          { field: "account", expected },
        ]);
      }
      const role = account === block.account ? "taker" : "maker";
      const signature = await traderClient(options).signBlockTrade(block);
      new Output(json).result({ account, role, signature }, [`Signature of the ${role}: ${signature}`]);
    });
}

interface SubmitOptions extends SequencerOptions {
  readonly file: string;
  readonly takerSignature: `0x${string}`;
  readonly makerSignature: `0x${string}`;
}

function submitCommand(): Command {
  return new Command("submit")
    .description("submit a block trade that both parties have signed")
    .addOption(sequencerOption())
    .addOption(jsonOption())
    .requiredOption("--file <file>", "the block trade as JSON")
    .requiredOption("--taker-signature <signature>", "what the taker has signed", signature("taker-signature"))
    .requiredOption("--maker-signature <signature>", "what the maker has signed", signature("maker-signature"))
    .action(async ({ sequencer, file, takerSignature, makerSignature, json = false }: SubmitOptions) => {
      const client = new SequencerClient({ url: sequencer });
      const accepted = await client.submitBlockTrade({ ...readBlock(file), signature: takerSignature, makerSignature });
      const { chainId, rollup, sequencer: signer } = await client.status();
      const verdict = verifyAcknowledgement(accepted, { chainId, rollup, sequencer: signer });
      if (verdict !== true) throw new RecourseError("BadAcknowledgement", verdict);
      new Output(json).result(accepted, lines(accepted));
    });
}

function lines({ taker, maker, legs, position }: AcceptedBlockTrade): string[] {
  return [
    `Account ${taker} with account ${maker}:`,
    ...legs.map(
      ({ side, size, name, price, takerFee, makerFee }) =>
        `  ${side} ${size} ${name} at ${price}, fees ${takerFee} and ${makerFee} USD`,
    ),
    `Position ${position} of the stream, signed by the sequencer.`,
  ];
}

function signature(option: string): (text: string) => `0x${string}` {
  return (text) => {
    if (!/^0x([0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/.test(text)) {
      const expected = "64 or 65 bytes in hexadecimal with the prefix 0x";
      throw new RecourseError("InvalidOption", `The option --${option} must be ${expected}.`, [
        { field: option, expected },
      ]);
    }
    return text as `0x${string}`;
  };
}
