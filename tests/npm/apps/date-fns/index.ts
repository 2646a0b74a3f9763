import { addDays, differenceInCalendarDays, format, parseISO } from "date-fns";
import { de } from "date-fns/locale";

export default {
  fetch(): Response {
    const start = parseISO("2024-02-27T12:00:00Z");
    const end = addDays(start, 3);
    return Response.json([format(end, "yyyy-MM-dd"), differenceInCalendarDays(end, start), format(end, "EEEE, d. MMMM", { locale: de })]);
  },
};
