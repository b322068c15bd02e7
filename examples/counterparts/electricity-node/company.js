'use strict';
// Sổ và việc của công ty: nhận yêu cầu, giấy tờ, làm từng bước (mục 8), báo tiến độ (mục 9).

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const HOUR_MS = 3600_000;
const FIRST = ['TN', 'PC'];
const ACTS = {
  finish: {},
  meter: { staysAt: 'BTT' },
  papers: { story: { step: 'KS', obstacle: 'THSO', reason: 'Thiếu giấy tờ về chỗ ở' } },
  absent: { story: { step: 'KS', obstacle: 'KHVM', reason: 'Khách hàng vắng mặt', then: 'again' } },
};
const MAX_PAPER = 10 * 1024 * 1024;
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const refused = (name, field) => ({ name, field });
const done = (more) => ({ name: 'accepted', ...more });
const again = (more) => ({ name: 'already_there', ...more });

// Nội dung để so hai lần gửi: mọi trường trừ KHOA và MA_GIAODICH, không kể thứ tự.
function content(body) {
  return Object.keys(body).filter((n) => n !== 'KHOA' && n !== 'MA_GIAODICH').sort().map((n) => [n, body[n]]);
}

class Company {
  // stepMs: một bước mất ngần ấy mili giây thay cho số giờ trong preset; 0: theo giờ thật.
  // isTold: làm đến hết bước PC rồi chờ người thử bảo làm gì (act).
  constructor({ preset, folder, clock, stepMs, pollSeconds, push, isTold }) {
    Object.assign(this, { preset, folder, clock, stepMs, pollSeconds, push, isTold });
    this.told = new Map();
    this.book = new Map();
    if (folder) this.#restore();
  }

  // --- lời gọi (mục 5 đến 11), sau khi đã xét trường --------------------------

  themMoi_TiepNhanYeuCau(body) {
    const known = this.book.get(body.MA_HOSO_DVC);
    if (known) {
      return same(known.content, content(body)) ? again({ MA_YCAU_KNAI: known.number }) : refused('contradiction');
    }
    if (!this.preset.units.includes(body.MA_DVIQLY)) return refused('wrong_unit');
    if (body.MA_KHANG && !this.preset.customers.includes(body.MA_KHANG)) return refused('customer_unknown');
    const request = {
      dossier: body.MA_HOSO_DVC,
      number: this.#number(body.NGAY_YCAU),
      content: content(body),
      kind: body.MA_LOAI_YCAU,
      unit: body.MA_DVIQLY,
      customer: body.MA_KHANG,
      announced: Number(body.SO_HSGT),
      papers: [],
      answers: {},
      rows: [],
      next: 0, // bước kế tiếp trong danh sách của loại yêu cầu
      cancelled: false,
      ended: false,
      last: 0,
    };
    this.book.set(request.dossier, request);
    this.#keep(request);
    this.#beginIfComplete(request);
    return done({ MA_YCAU_KNAI: request.number });
  }

  uploadHSoGTo(body) {
    return this.#about(body, (request) => {
      const isThis = (p) => p.MA_LOAI_HSO === body.MA_LOAI_HSO && p.MA_BAM === body.MA_BAM;
      if (request.papers.some(isThis)) return again();
      if (request.ended) return refused('request_ended');
      const bytes = paperOf(body);
      if (!bytes) return refused('unreadable_file');
      if (this.folder) writeDurably(path.join(this.folder, body.MA_BAM), bytes);
      request.papers.push({ MA_LOAI_HSO: body.MA_LOAI_HSO, MA_BAM: body.MA_BAM });
      this.#keep(request);
      this.#beginIfComplete(request);
      return done();
    });
  }

  LayChiTietTienDo(body) {
    const known = this.book.get(body.MA_HOSO_DVC);
    const now = this.clock();
    if (known && known.asked && now - known.asked < this.pollSeconds * 1000) return refused('too_often');
    return this.#about(body, (request) => {
      request.asked = now; // không lưu: hỏi không làm thay đổi gì
      return {
        name: 'found',
        MA_HOSO_DVC: request.dossier,
        MA_YCAU_KNAI: request.number,
        MA_DVIQLY: request.unit,
        MA_KHANG: request.customer,
        HSGT: request.papers,
        TIEN_DO: request.rows.map((row) => this.#written(request, row)),
      };
    });
  }

  boSungYeuCau(body) {
    return this.#about(body, (request) => {
      const before = request.answers[body.MA_GIAODICH];
      if (before) return same(before, content(body)) ? again() : refused('contradiction');
      if (request.ended) return refused('request_ended');
      const open = request.rows.find((r) => r.obstacle === 'THSO' && !r.end && r.step !== 'HU');
      if (!open) return refused('nothing_asked');
      const arrived = new Set(request.papers.map((p) => p.MA_BAM));
      if (!body.DS_MA_BAM.every((hash) => arrived.has(hash))) return refused('papers_missing');
      request.answers[body.MA_GIAODICH] = content(body);
      this.#over(request, open);
      return done();
    });
  }

  huyYeuCau(body) {
    return this.#about(body, (request) => {
      if (request.cancelled) return again();
      if (request.ended) return refused('request_ended');
      if (request.rows.some((r) => r.step === 'BTT')) return refused('too_late');
      request.cancelled = true;
      this.#keep(request);
      this.#after('HU', request, () => this.#cancel(request, undefined, 'Khách hàng rút yêu cầu'));
      return done();
    });
  }

  // --- việc mà người thử bảo làm (docs/conformance/electricity.vi.md) ------------

  // Có làm được không.
  act(name, dossier) {
    if (name === 'hand_over') {
      const { kinds, units } = this.preset;
      const today = moment(this.clock(), 'slash');
      const body = { MA_HOSO_DVC: dossier, MA_LOAI_YCAU: kinds[0].code, MA_DVIQLY: units[0], NGAY_YCAU: today, SO_HSGT: '0' };
      return this.themMoi_TiepNhanYeuCau(body).name === 'accepted';
    }
    const request = this.book.get(dossier);
    if (!request || !ACTS[name]) return false;
    this.told.set(dossier, ACTS[name]);
    if (request.waits) {
      request.waits = false;
      this.#step(request);
    }
    return true;
  }

  #about(body, work) {
    const request = this.book.get(body.MA_HOSO_DVC);
    if (!request || (body.MA_YCAU_KNAI && body.MA_YCAU_KNAI !== request.number)) return refused('request_unknown');
    return work(request);
  }

  // --- việc của công ty (mục 8) ------------------------------------------------

  #beginIfComplete(request) {
    if (request.papers.length >= request.announced && !request.rows.length) this.#step(request);
  }

  #step(request) {
    const steps = this.preset.kinds.find((k) => k.code === request.kind).steps;
    const step = steps[request.next];
    if (this.isTold && !this.told.has(request.dossier) && !FIRST.includes(step)) {
      request.waits = true;
      return;
    }
    this.#begin(request, step);
  }

  #begin(request, step) {
    if (request.ended || request.cancelled) return;
    const turn = 1 + request.rows.filter((r) => r.step === step).length;
    const row = { step, turn, begun: this.#now(request) };
    request.rows.push(row);
    const told = this.#story(request, row);
    this.#changed(request, row);
    if (this.told.get(request.dossier)?.staysAt === step) return;
    this.#after(step, request, () => (told ? this.#stopped(request, row, told) : this.#finish(request, row)));
  }

  #story(request, row) {
    const own = this.told.get(request.dossier)?.story;
    const fits = (s) => request.dossier.endsWith(s.dossierEndsWith ?? '') && s.step === row.step && row.turn === 1;
    return [...(own ? [own] : []), ...this.preset.stories].find(fits);
  }

  #finish(request, row) {
    if (request.ended || request.cancelled) return;
    row.end = this.#now(request);
    request.next += 1;
    if (row.step === 'HT') {
      request.ended = true;
      request.customer ??= this.#customerCode();
    }
    this.#changed(request, row);
    if (!request.ended) this.#step(request);
  }

  #stopped(request, row, told) {
    if (request.ended || request.cancelled) return;
    Object.assign(row, { obstacle: told.obstacle, reason: told.reason, arose: this.#now(request) });
    this.#changed(request, row);
    this.#thenAs(told, request, row);
  }

  #thenAs(told, request, row) {
    if (told.then === 'again') this.#after(row.step, request, () => this.#over(request, row));
    if (told.then === 'cancel') this.#after('HU', request, () => this.#cancel(request, told.obstacle, told.reason));
  }

  // Trở ngại đã hết: dòng cũ khép lại, bước làm lại với SO_LAN kế tiếp.
  #over(request, row) {
    if (request.ended || row.end) return;
    row.end = this.#now(request);
    this.#changed(request, row);
    this.#begin(request, row.step);
  }

  #cancel(request, obstacle, reason) {
    if (request.ended) return;
    const at = this.#now(request);
    const row = { step: 'HU', turn: 1, begun: at, obstacle, reason, end: at };
    request.rows.push(row);
    request.ended = true;
    this.#changed(request, row);
  }

  #changed(request, row) {
    this.#keep(request);
    this.#tell(request, [row]);
  }

  #tell(request, rows) {
    this.push?.({
      MA_DVIQLY: request.unit,
      MA_HOSO_DVC: request.dossier,
      MA_YCAU_KNAI: request.number,
      MA_KHANG: request.customer,
      TIEN_DO: rows.map((row) => this.#written(request, row)),
    });
  }

  // --- thời điểm, số, sổ --------------------------------------------------------

  // Mỗi việc của một yêu cầu sau việc trước ít nhất một giây: thời điểm chỉ ghi đến giây
  // và bên gửi xếp các dòng theo thời điểm (mục 8.4).
  #now(request) {
    request.last = Math.max(Math.floor(this.clock() / 1000) * 1000, request.last + 1000);
    return request.last;
  }

  #after(step, request, work) {
    const wait = this.stepMs || (this.preset.hours[step] ?? 8) * HOUR_MS;
    setTimeout(work, wait);
  }

  #written(request, row) {
    const ways = this.preset.moments;
    const write = (at, i) => at && moment(at, ways[(row.turn + request.rows.indexOf(row) + i) % ways.length]);
    return {
      MA_YCAU_KNAI: request.number,
      MA_CVIEC: row.step,
      SO_LAN: String(row.turn),
      NGAY_BDAU: write(row.begun, 0),
      MA_TNGAI: row.obstacle,
      NGUYEN_NHAN: row.reason,
      NGAY_TNGAI: write(row.arose, 1),
      NGAY_KTHUC: write(row.end, 2),
      SO_NGAY_LVIEC: row.end && String(1 + dayOf(row.end) - dayOf(row.begun)),
    };
  }

  #number(received) {
    const digits = received.slice(2, 10).replaceAll('/', '');
    return `9900${digits}${String(this.book.size + 1).padStart(5, '0')}`;
  }

  #customerCode() {
    return `PX98${String(this.book.size).padStart(9, '0')}`;
  }

  #keep(request) {
    if (this.folder) writeDurably(path.join(this.folder, `${nameOf(request.dossier)}.json`), JSON.stringify(request));
  }

  // Sau khi khởi động lại: báo lại mọi dòng (dòng đã báo không làm thay đổi gì, mục 8.4),
  // rồi làm tiếp bước dở từ đầu.
  #restore() {
    fs.mkdirSync(this.folder, { recursive: true });
    for (const name of fs.readdirSync(this.folder).filter((n) => n.endsWith('.json'))) {
      const request = JSON.parse(fs.readFileSync(path.join(this.folder, name), 'utf8'));
      this.book.set(request.dossier, request);
      setImmediate(() => this.#resume(request));
    }
  }

  #resume(request) {
    if (request.rows.length) this.#tell(request, request.rows);
    if (request.ended) return;
    if (request.cancelled) {
      this.#after('HU', request, () => this.#cancel(request, undefined, 'Khách hàng rút yêu cầu'));
      return;
    }
    const open = request.rows.find((r) => !r.end);
    if (!open) {
      if (request.rows.length) this.#step(request);
      else this.#beginIfComplete(request);
      return;
    }
    const told = this.#story(request, open);
    if (open.obstacle) this.#thenAs(told, request, open);
    else this.#after(open.step, request, () => (told ? this.#stopped(request, open, told) : this.#finish(request, open)));
  }
}

// Ghi xong hẳn rồi mới có tên: trả lời OK nghĩa là đã lưu.
function writeDurably(file, bytes) {
  const part = `${file}.part`;
  const open = fs.openSync(part, 'w');
  fs.writeFileSync(open, bytes);
  fs.fsyncSync(open);
  fs.closeSync(open);
  fs.renameSync(part, file);
}

const nameOf = (dossier) => crypto.createHash('sha256').update(dossier).digest('hex').slice(0, 32);

function paperOf(body) {
  const coded = body.NOI_DUNG_TEP;
  if (coded.length % 4) return null;
  const bytes = Buffer.from(coded, 'base64');
  const hash = crypto.createHash('sha256').update(bytes).digest('hex');
  return bytes.length <= MAX_PAPER && hash === body.MA_BAM ? bytes : null;
}

// Giờ Việt Nam, không ghi múi giờ (mục 4.1).
const inVietnam = (at) => new Date(at + 7 * HOUR_MS);
const dayOf = (at) => Math.floor(inVietnam(at).getTime() / (24 * HOUR_MS));

function moment(at, way) {
  const [date, time] = inVietnam(at).toISOString().slice(0, 19).split('T');
  if (way === 'slash') return `${date.replaceAll('-', '/')} ${time}`;
  if (way === 'dash') return `${date} ${time}`;
  const [year, month, day] = date.split('-').map(Number);
  return `${day}/${month}/${year} ${Number(time.slice(0, 2))}${time.slice(2)}`; // theo máy chủ
}

module.exports = { Company };
