import type { Migration } from "../database/migrations.ts";

/**
 * The conditional orders that the sequencer holds: each by its hash, with its canonical bytes. What is dropped is deleted;
 * what has been executed and is still here is found out when it is sent again.
 */
export const conditionalOrders: Migration = {
  name: "conditional orders",
  statements: [
    {
      text: `CREATE TABLE conditional_orders (
        transaction_hash text PRIMARY KEY, account bigint NOT NULL, deadline bigint NOT NULL, payload bytea NOT NULL)`,
    },
  ],
};
