-- What a store has to know of itself, one value per name.
CREATE TABLE mark (
    name  text COLLATE "C" PRIMARY KEY,
    value text COLLATE "C" NOT NULL
);
