'use strict';
// Công ty điện lực theo docs/agencies/electricity.vi.md: nhận lời gọi và báo tiến độ.
// Chỉ cần Node 18 trở lên, không cài thêm gì. Cách chạy: README.vi.md.

const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const path = require('node:path');
const { Company } = require('./company');
const { OPERATIONS, refusal } = require('./fields');

const env = process.env;
const preset = JSON.parse(fs.readFileSync(env.PRESET || path.join(__dirname, 'preset.json'), 'utf8'));
if (env.KHOA) preset.keys = env.KHOA.split(','); // hai khóa cùng dùng được lúc đổi khóa
if (env.KHOA_GOI_VE) preset.callbackKey = env.KHOA_GOI_VE;
const MAX_BODY = 16 * 1024 * 1024;
const RETRY_MS = Number(env.GUI_LAI_MS || 15 * 60 * 1000);
const RETRIES = 20;
const ANSWER_MS = 30_000;

const TEXTS = {
  accepted: 'Tiếp nhận thành công',
  already_there: 'Hồ sơ đã tồn tại',
  found: 'Thành công',
  key_refused: 'Không có quyền truy cập',
  contradiction: 'Hồ sơ đã tồn tại với nội dung khác',
  request_unknown: 'Không tìm thấy yêu cầu',
  unknown_kind: 'Loại yêu cầu không có trong danh mục',
  wrong_unit: 'Đơn vị không quản lý khu vực này',
  customer_unknown: 'Không tìm thấy khách hàng',
  missing_field: 'Thiếu trường',
  wrong_type: 'Sai kiểu dữ liệu',
  unreadable_file: 'Tệp không đọc được',
  papers_missing: 'Chưa nhận được giấy tờ',
  nothing_asked: 'Không có yêu cầu bổ sung',
  request_ended: 'Yêu cầu đã kết thúc',
  too_late: 'Không hủy được, đã treo công tơ',
  too_often: 'Tra cứu quá thường xuyên',
  busy: 'Hệ thống đang bảo trì',
  malformed: 'Dữ liệu không phải JSON',
  system_error: 'Lỗi hệ thống',
};

// --- nhận lời gọi ---------------------------------------------------------------

// Thứ tự xét: mục 5.5. Trả về câu trả lời của mục 3.
function answer(operation, bytes) {
  let body;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { name: 'malformed' };
  }
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return { name: 'malformed' };
  if (!isKey(body.KHOA)) return { name: 'key_refused' };
  if (env.BAO_TRI) return { name: 'busy' };
  return refusal(operation, body, preset.kinds) || company[operation](body);
}

function isKey(given) {
  const digest = (v) => crypto.createHash('sha256').update(v).digest();
  return typeof given === 'string' && preset.keys.some((key) => crypto.timingSafeEqual(digest(key), digest(given)));
}

function written({ name, field, ...more }) {
  const taken = ['accepted', 'already_there', 'found'].includes(name);
  const repeat = name === 'accepted' ? '0' : name === 'already_there' ? '1' : undefined;
  const message = field ? `${TEXTS[name]}: ${field}` : TEXTS[name];
  return JSON.stringify({ TYPE: taken ? preset.success : 'ERROR', MESSAGE: message, TRUNG_HSO: repeat, ...more });
}

function handle(request, response) {
  const operation = new URL(request.url, 'http://cong-ty').pathname.split('/').pop();
  if (env.THU && operation === 'thu' && request.method === 'POST') return control(request, response);
  if (!OPERATIONS.includes(operation) || request.method !== 'POST') {
    request.resume();
    return plain(response, OPERATIONS.includes(operation) ? 405 : 404);
  }
  const parts = [];
  let size = 0;
  request.on('data', (part) => {
    size += part.length;
    if (size <= MAX_BODY) parts.push(part);
  });
  request.on('end', () => {
    if (size > MAX_BODY) return plain(response, 413);
    let told;
    try {
      told = answer(operation, Buffer.concat(parts));
    } catch (error) {
      console.error(operation, error); // không ghi nội dung, không ghi khóa
      told = { name: 'system_error' };
    }
    const coded = Buffer.from(written(told));
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': coded.length });
    return response.end(coded);
  });
  request.on('error', () => {}); // bên gửi bỏ dở: chưa đủ lời gọi thì không nhận gì
}

// Người thử bảo công ty làm một việc: {"act", "dossier"}. Chỉ có khi đặt THU.
function control(request, response) {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    let told;
    try {
      told = JSON.parse(Buffer.concat(parts));
    } catch {
      return plain(response, 400);
    }
    return plain(response, company.act(told.act, told.dossier) ? 200 : 409);
  });
}

function plain(response, status) {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(`<title>${http.STATUS_CODES[status]}</title>`);
}

// --- báo tiến độ (mục 9) ----------------------------------------------------------

function push(message) {
  const bytes = Buffer.from(JSON.stringify({ KHOA: preset.callbackKey, ...message }));
  const steps = message.TIEN_DO.map((row) => `${row.MA_CVIEC}/${row.SO_LAN}${row.NGAY_KTHUC ? ' xong' : ''}`);
  send(bytes, 0, `CapNhatTienDo ${message.MA_HOSO_DVC} ${steps.join(', ')}`);
}

// Ba câu trả lời là xong; mọi trường hợp khác gửi lại đúng các byte đó (mục 2.2).
async function send(bytes, repeats, about) {
  const reply = await callBack(bytes).catch((error) => ({ error }));
  const said = saidBy(reply);
  console.log(`${about}: ${said.text}`);
  if (said.final) return;
  if (repeats >= RETRIES) return console.error(`${about}: thôi gửi lại sau ${RETRIES} lần`);
  setTimeout(() => send(bytes, repeats + 1, about), RETRY_MS);
}

function callBack(bytes) {
  const url = new URL(`${env.GOI_VE.replace(/\/+$/, '')}/CapNhatTienDo`);
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': bytes.length };
  return new Promise((resolve, reject) => {
    const way = url.protocol === 'https:' ? https : http;
    const call = way.request(url, { method: 'POST', headers, timeout: ANSWER_MS }, (reply) => {
      const parts = [];
      reply.on('data', (part) => parts.push(part));
      reply.on('end', () => resolve({ status: reply.statusCode, bytes: Buffer.concat(parts) }));
      reply.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error('không trả lời kịp')));
    call.on('error', reject);
    call.end(bytes);
  });
}

function saidBy({ error, status, bytes }) {
  if (error) return { text: `không gọi được (${error.code || error.message})` };
  let reply;
  try {
    reply = JSON.parse(bytes.toString('utf8'));
  } catch {
    return { text: `HTTP ${status}, không phải JSON` };
  }
  const says = String(reply?.MESSAGE ?? '').normalize('NFC').toLowerCase();
  const taken = reply?.TYPE === 'OK' && says.includes('thành công') && !says.includes('không thành công');
  const refused = ['thiếu trường', 'sai kiểu dữ liệu', 'không tìm thấy hồ sơ'].some((phrase) => says.includes(phrase));
  const final = status === 200 && (taken || (reply?.TYPE === 'ERROR' && refused));
  return { final, text: `HTTP ${status} ${reply?.TYPE} ${reply?.MESSAGE}` };
}

// DONG_HO: đồng hồ của công ty lúc khởi động, khi thử với một bên gửi chạy giờ giả.
const ahead = env.DONG_HO ? Date.parse(env.DONG_HO) - Date.now() : 0;
const company = new Company({
  preset,
  folder: env.KHO || '',
  clock: () => Date.now() + ahead,
  stepMs: Number(env.NHANH_MS || 0),
  pollSeconds: Number(env.CACH_HOI_S ?? (env.NHANH_MS ? 0 : 1800)),
  push: env.GOI_VE ? push : undefined,
  isTold: Boolean(env.THU),
});
const server = http.createServer(handle);
server.listen(Number(env.PORT || 8514), env.HOST || '127.0.0.1', () => {
  const { address, port } = server.address();
  console.log(`http://${address}:${port}`);
});
