'use strict';
// Trường nào được có gì (mục 5.1, 5.3, 6, 7, 10, 11). Trả về lời từ chối, hoặc null.
// Lời từ chối chỉ nêu tên trường, không nêu giá trị.

const text = (max) => (v) => typeof v === 'string' && /^\S([\s\S]*\S)?$/.test(v) && [...v].length <= max;
const like = (pattern) => (v) => typeof v === 'string' && pattern.test(v);
const oneOf = (...values) => (v) => values.includes(v);
const number = (v) => text(50)(v) && !/[\r\n]/.test(v);
const code = like(/^[A-Z0-9_.]{1,20}$/);

function realDay(year, month, day) {
  const at = new Date(Date.UTC(year, month - 1, day));
  return year >= 2000 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
}

const moment = (v) => {
  const found = typeof v === 'string' && /^(\d{4})\/(\d{2})\/(\d{2}) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.exec(v);
  return Boolean(found) && realDay(+found[1], +found[2], +found[3]);
};
const day = (v) => {
  const found = typeof v === 'string' && /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(v);
  return Boolean(found) && realDay(+found[3], +found[2], +found[1]);
};

const EVERY = { KHOA: text(256), MA_GIAODICH: like(/^[A-Za-z0-9._:-]{1,128}$/), MA_HOSO_DVC: number };
const ABOUT = { ...EVERY, MA_YCAU_KNAI: number };
const FIELDS = {
  themMoi_TiepNhanYeuCau: {
    ...EVERY,
    MA_LOAI_YCAU: code,
    MA_DVIQLY: code,
    MA_DVI_TNHAN: code,
    MA_HTHUC: code,
    NGAY_YCAU: moment,
    NGAY_HEN: moment,
    TEN_NGUOIYCAU: text(255),
    TEN_KHANG: text(255),
    NGUOI_UQUYEN: text(255),
    DTHOAI: like(/^[0-9+][0-9+. -]{5,19}$/),
    EMAIL: text(255),
    DCHI_NGUOIYCAU: text(500),
    SO_NHA: text(100),
    DUONG_PHO: text(255),
    ID_DIA_CHINH: code,
    TOA_DO: text(50),
    SO_DINHDANH: like(/^[A-Z0-9]{6,20}$/),
    LOAI_DINHDANH: oneOf('CCCD', 'CMND', 'HC'),
    MST: like(/^([0-9]{10}(-[0-9]{3})?|[0-9]{12})$/),
    MA_KHANG: like(/^[A-Z]{2}[0-9]{11}$/),
    SO_PHA: oneOf('1', '3'),
    MDICH_SHOAT: oneOf('0', '1'),
    CSUAT_DKY: like(/^[0-9]{1,6}(\.[0-9]{1,2})?$/),
    NOI_DUNG_YCAU: text(2000),
    NGAY_NGUNG_TU: day,
    NGAY_NGUNG_DEN: day,
    TECH_ID: text(100),
    SO_HSGT: like(/^([0-9]|[1-4][0-9]|50)$/),
  },
  uploadHSoGTo: {
    ...ABOUT,
    MA_LOAI_HSO: oneOf('DDN', 'GTDD', 'GTDC', 'KHAC'),
    TEN_HSO: text(255),
    TEN_TEP: like(/^[^/\\]{1,255}$/),
    NOI_DUNG_TEP: like(/^[A-Za-z0-9+/]+={0,2}$/),
    MA_BAM: like(/^[0-9a-f]{64}$/),
  },
  LayChiTietTienDo: ABOUT,
  boSungYeuCau: {
    ...ABOUT,
    NOI_DUNG: text(4000),
    DS_MA_BAM: (v) => Array.isArray(v) && v.length <= 50 && v.every(like(/^[0-9a-f]{64}$/)),
  },
  huyYeuCau: { ...ABOUT, NGUYEN_NHAN: text(1000) },
};
const NEEDS = {
  themMoi_TiepNhanYeuCau: ['MA_LOAI_YCAU', 'MA_DVIQLY', 'NGAY_YCAU', 'TEN_NGUOIYCAU', 'DTHOAI', 'SO_HSGT'],
  uploadHSoGTo: ['MA_LOAI_HSO', 'TEN_HSO', 'TEN_TEP', 'NOI_DUNG_TEP', 'MA_BAM'],
  LayChiTietTienDo: [],
  boSungYeuCau: ['DS_MA_BAM'],
  huyYeuCau: ['NGUYEN_NHAN'],
};

const missing = (name) => ({ name: 'missing_field', field: name });
const wrong = (name) => ({ name: 'wrong_type', field: name });

// Mục 5.5, bước 3: thiếu trước, rồi sai kiểu và trường lạ, rồi theo loại yêu cầu.
function refusal(operation, body, kinds) {
  const known = FIELDS[operation];
  const has = (name) => Object.hasOwn(body, name);
  for (const name of ['MA_GIAODICH', 'MA_HOSO_DVC', ...NEEDS[operation]]) if (!has(name)) return missing(name);
  for (const [name, value] of Object.entries(body)) {
    if (!Object.hasOwn(known, name) || !known[name](value)) return wrong(name);
  }
  if (operation === 'boSungYeuCau' && !has('NOI_DUNG') && !body.DS_MA_BAM.length) return missing('NOI_DUNG');
  return operation === 'themMoi_TiepNhanYeuCau' ? byKind(body, kinds, has) : null;
}

function byKind(body, kinds, has) {
  const on = body.NGAY_YCAU.slice(0, 10).replaceAll('/', '-');
  const kind = kinds.find((k) => k.code === body.MA_LOAI_YCAU && k.from <= on && (!k.to || on <= k.to));
  if (!kind) return { name: 'unknown_kind' };
  for (const name of kind.needs) if (!has(name)) return missing(name);
  if (kind.oneOf.length && !kind.oneOf.some(has)) return missing(kind.oneOf[0]);
  if (has('SO_DINHDANH') && !has('LOAI_DINHDANH')) return missing('LOAI_DINHDANH');
  if (has('LOAI_DINHDANH') && !has('SO_DINHDANH')) return missing('SO_DINHDANH');
  for (const name of kind.refuses) if (has(name)) return wrong(name);
  return null;
}

module.exports = { OPERATIONS: Object.keys(FIELDS), refusal };
