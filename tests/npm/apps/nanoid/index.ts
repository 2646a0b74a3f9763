import { customAlphabet, nanoid } from "nanoid";

export default {
  fetch(): Response {
    const ids = Array.from({ length: 1000 }, () => nanoid());
    return Response.json({
      length: nanoid().length,
      different: new Set(ids).size,
      alphabet: /^[01]{12}$/.test(customAlphabet("01", 12)()),
    });
  },
};
