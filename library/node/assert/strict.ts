// node:assert/strict: assert whose comparisons are all strict.
import assert from "node:assert";

export default assert.strict;
