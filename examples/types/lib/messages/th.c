#include <openspeed/openspeed.h>

/* What is not here is said in English. */
OSP_MESSAGES(th,
    { "required", "จำเป็นต้องระบุ" },
    { "null", "ต้องไม่เป็น null" },
    { "type.integer", "ต้องเป็นจำนวนเต็ม" },
    { "type.number", "ต้องเป็นตัวเลข" },
    { "type.string", "ต้องเป็นข้อความ" },
    { "type.date", "ต้องเป็นวันที่ เช่น 2026-01-31" },
    { "minimum", "ต้องไม่น้อยกว่า {limit}" },
    { "maximum", "ต้องไม่เกิน {limit}" },
    { "min_length", "ต้องมีความยาวอย่างน้อย {limit} ตัวอักษร" },
    { "max_length", "ต้องมีความยาวไม่เกิน {limit} ตัวอักษร" },
    { "min_items", "ต้องมีอย่างน้อย {limit} รายการ" },
    { "max_items", "ต้องมีไม่เกิน {limit} รายการ" },
    { "unique", "ต้องไม่มีรายการซ้ำกัน" },
    { "format.email", "ต้องเป็นที่อยู่อีเมล" },
    { "enum", "ต้องเป็นค่าใดค่าหนึ่งใน {choices}" },
    { "must be a day from Monday to Friday", "ต้องเป็นวันจันทร์ถึงวันศุกร์" });
